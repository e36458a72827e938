import assert from "node:assert/strict";
import {
  chmodSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Snapshotter } from "@davit/snapshots";
import { layer, mounted, options, type Run, type Supports } from "./fixture.ts";
import { describeTree } from "./tree.ts";

/** What is seen through the mounts. */
export function treeTests(run: Run, supports: Supports): void {
  run("layers show through each other: files added, changed, removed and renamed", async (s) => {
    const first = (root: string) => {
      mkdirSync(join(root, "etc"));
      writeFileSync(join(root, "etc", "config"), "one");
      writeFileSync(join(root, "remove-me"), "x");
      chmodSync(join(root, "remove-me"), 0o600);
      symlinkSync("etc/config", join(root, "link"));
      mkdirSync(join(root, "directory"));
      writeFileSync(join(root, "directory", "inside"), "y");
      lchownSync(join(root, "directory"), 1000, 1001);
    };
    const second = (root: string) => {
      writeFileSync(join(root, "etc", "config"), "two");
      rmSync(join(root, "remove-me"));
      writeFileSync(join(root, "added"), "new");
      rmSync(join(root, "directory"), { recursive: true });
      mkdirSync(join(root, "directory"));
      writeFileSync(join(root, "directory", "other"), "z");
    };
    await layer(s, "first", "", first);
    await layer(s, "second", "first", second);
    assert.deepEqual(await treeOf(s, "first"), await flat(first));
    assert.deepEqual(await treeOf(s, "second"), await flat(first, second));
  });

  run("what is written into an active snapshot stays out of its parent", async (s) => {
    await layer(s, "base", "", (root) => writeFileSync(join(root, "file"), "base"));
    await layer(s, "child", "base", (root) => writeFileSync(join(root, "file"), "child"));
    assert.match((await treeOf(s, "base")).join(), /file base/);
    assert.match((await treeOf(s, "child")).join(), /file child/);
  });

  run("an active snapshot can be written again after its mount was undone", async (s) => {
    await layer(s, "base", "", (root) => mkdirSync(join(root, "kept")));
    await s.prepare("key", "base", options);
    await mounted(await s.mounts("key", options), async (root) => writeFileSync(join(root, "a"), "1"));
    await mounted(await s.mounts("key", options), async (root) =>
      renameSync(join(root, "a"), join(root, "b")),
    );
    await s.commit("name", "key", options);
    assert.deepEqual(
      (await treeOf(s, "name")).map((line) => line.split(" ")[0]),
      ["b", "kept"],
    );
  });

  run("usage() grows with what is written, and is kept by commit()", async (s) => {
    await s.prepare("key", "", options);
    const before = await s.usage("key", options);
    await mounted(await s.mounts("key", options), async (root) =>
      writeFileSync(join(root, "data"), Buffer.alloc(1 << 20, 1)),
    );
    const after = await s.usage("key", options);
    assert.ok(after.sizeBytes - before.sizeBytes >= 1n << 20n, `${before.sizeBytes} → ${after.sizeBytes}`);
    assert.equal(after.inodes - before.inodes, 1n);
    await s.commit("name", "key", options);
    assert.deepEqual(await s.usage("name", options), after);
  });

  run("a chain of sixty layers can be mounted", async (s) => {
    let parent = "";
    for (let i = 0; i < 60; i++) {
      await layer(s, `layer-${i}`, parent, (root) => writeFileSync(join(root, `file-${i}`), `${i}`));
      parent = `layer-${i}`;
    }
    assert.equal((await treeOf(s, parent)).length, 60);
  });

  if (supports.rebase)
    run("a re-based layer lies upon its new parent", async (s) => {
      await layer(s, "base", "", (root) => writeFileSync(join(root, "below"), "1"));
      await s.prepare("key", "", options);
      await mounted(await s.mounts("key", options), async (root) => writeFileSync(join(root, "above"), "2"));
      await s.commit("name", "key", { ...options, parent: "base" });
      assert.equal((await treeOf(s, "name")).length, 2);
    });
}

async function treeOf(s: Snapshotter, name: string): Promise<string[]> {
  const mounts = await s.view(`view-of-${name}`, name, options);
  try {
    return await mounted(mounts, async (root) => describeTree(root));
  } finally {
    await s.remove(`view-of-${name}`, options);
  }
}

/** The tree the writers make one after another in a plain directory. */
async function flat(...writers: ((root: string) => void)[]): Promise<string[]> {
  const root = mkdtempSync(join(tmpdir(), "davit-suite-flat-"));
  try {
    for (const write of writers) write(root);
    return describeTree(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}
