import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isInvalidArgument } from "@davit/errdefs";
import { temporary } from "./testing/fixture.ts";
import { clean, FRESH, Tree } from "./tree.ts";

test("names are cleaned lexically, and .. stops at the root", () => {
  assert.deepEqual(clean("./a//b/../c/"), ["a", "c"]);
  assert.deepEqual(clean("/../../etc"), ["etc"]);
  assert.deepEqual(clean(".."), []);
  assert.deepEqual(clean(""), []);
});

/** Where a path leads, below the root. */
function resolved(tree: Tree, path: string): string {
  const { directory, missing } = tree.resolve(path.split("/"));
  return [directory.path.slice(tree.root.path.length) || "/", ...missing].join(" ");
}

test("links on disk are followed within the root, and what is missing is taken lexically", () => {
  using dir = temporary();
  mkdirSync(join(dir.path, "a/b"), { recursive: true });
  writeFileSync(join(dir.path, "file"), "");
  for (const [name, target] of [
    ["up", "../../.."],
    ["abs", "/a/b"],
    ["dangling", "no/where"],
    ["loop", "loop"],
    ["dot", "./a/./b/.."],
  ] as const)
    symlinkSync(target, join(dir.path, name));
  const tree = new Tree(dir.path);
  assert.equal(resolved(tree, "a/b"), "/a/b");
  assert.equal(resolved(tree, "up/up/a"), "/a");
  assert.equal(resolved(tree, "abs/.."), "/a");
  assert.equal(resolved(tree, "dot/b"), "/a/b");
  assert.equal(resolved(tree, "dangling/x"), "/ no where x");
  assert.equal(resolved(tree, "a/none/../../x/y"), "/ x y");
  assert.throws(() => resolved(tree, "loop/x"), isInvalidArgument);
  assert.throws(() => resolved(tree, "file/x"), isInvalidArgument);
});

test("what was made is known without asking, and what was there is found", () => {
  using dir = temporary();
  const empty = new Tree(dir.path);
  writeFileSync(join(dir.path, "behind its back"), "");
  assert.equal(empty.lookup(empty.root, "behind its back"), undefined);
  const full = new Tree(dir.path);
  assert.deepEqual(full.lookup(full.root, "behind its back"), { kind: "other", fresh: false });
  full.root.children.set("made", FRESH);
  assert.equal(full.lookup(full.root, "made"), FRESH);
  assert.equal(full.lookup(full.root, "absent"), undefined);
});
