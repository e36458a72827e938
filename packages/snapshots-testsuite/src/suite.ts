import assert from "node:assert/strict";
import {
  chmodSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAlreadyExists, isFailedPrecondition, isInvalidArgument, isNotFound } from "@davit/errdefs";
import { mountAll, unmountAll, type Mount } from "@davit/mount";
import type { CallOptions } from "@davit/namespaces";
import type { Info, Snapshotter } from "@davit/snapshots";
import { describeTree } from "./tree.ts";

/** What an implementation has beyond the contract's core. Declared, never guessed from a failure. */
export interface Supports {
  /** `commit` with a parent re-bases a snapshot that has none. */
  readonly rebase?: boolean;
  /** A commit with another parent than the snapshot has is refused (behind metadata it is ignored). */
  readonly refusesOtherParent?: boolean;
  /** `cleanup` is there. */
  readonly cleanup?: boolean;
  /** The mounts can be made on this machine by this user. */
  readonly mounts?: boolean;
}

export interface SnapshotsSuite {
  /** node:test's, Vitest's, … */
  readonly test: (name: string, body: () => Promise<void>) => unknown;
  /** Opens an empty snapshotter; the suite closes it. */
  readonly open: () => Promise<Snapshotter & AsyncDisposable>;
  readonly supports?: Supports;
}

const options: CallOptions = { namespace: "testsuite" };

/** Registers the tests of the contract (after containerd core/snapshots/testsuite; reference 03 §1). */
export function snapshotterSuite({ test, open, supports = {} }: SnapshotsSuite): void {
  const run = (name: string, body: (snapshotter: Snapshotter) => Promise<void>) =>
    test(name, async () => {
      await using snapshotter = await open();
      await body(snapshotter);
    });
  recordTests(run);
  refusalTests(run, supports);
  if (supports.mounts) treeTests(run, supports);
}

type Run = (name: string, body: (snapshotter: Snapshotter) => Promise<void>) => unknown;

function recordTests(run: Run): void {
  run("prepare() makes an active snapshot that stat() tells of", async (s) => {
    const mounts = await s.prepare("key", "", options);
    assert.ok(mounts.length > 0);
    const { kind, parent, name } = await s.stat("key", options);
    assert.deepEqual([name, kind, parent], ["key", "active", ""]);
    assert.deepEqual(await s.mounts("key", options), mounts);
  });

  run("view() makes a view, whose mounts are read-only", async (s) => {
    await layer(s, "base");
    const mounts = await s.view("view", "base", options);
    assert.equal((await s.stat("view", options)).kind, "view");
    const writable = ({ options: list }: Mount) => list.some((o) => o === "rw" || o.startsWith("upperdir="));
    assert.equal(mounts.some(writable), false);
    assert.deepEqual(await s.mounts("view", options), mounts);
  });

  run("commit() turns the key into the name, with the commit's labels only", async (s) => {
    await s.prepare("key", "", { ...options, labels: { "containerd.io/snapshot/a": "1" } });
    await s.commit("name", "key", { ...options, labels: { "containerd.io/snapshot/b": "2" } });
    await assert.rejects(s.stat("key", options), isNotFound);
    const { kind, labels, createdAt } = await s.stat("name", options);
    assert.deepEqual([kind, labels], ["committed", { "containerd.io/snapshot/b": "2" }]);
    assert.ok(createdAt > 0n);
  });

  run("a committed snapshot is a parent, an active one of it tells so", async (s) => {
    await layer(s, "base");
    await s.prepare("child", "base", options);
    assert.equal((await s.stat("child", options)).parent, "base");
  });

  run("list() gives all in byte order, and what a filter matches", async (s) => {
    await layer(s, "b");
    await s.prepare("c", "b", { ...options, labels: { "containerd.io/snapshot/x": "1" } });
    await s.view("a", "b", options);
    assert.deepEqual(await names(s), ["a", "b", "c"]);
    assert.deepEqual(await names(s, "kind==committed"), ["b"]);
    assert.deepEqual(await names(s, "parent==b"), ["a", "c"]);
    assert.deepEqual(await names(s, 'labels."containerd.io/snapshot/x"==1'), ["c"]);
    assert.deepEqual(await names(s, "name==a", "name==b"), ["a", "b"]);
  });

  run("update() sets, deletes and replaces labels", async (s) => {
    const key = (name: string) => `containerd.io/snapshot/${name}`;
    await s.prepare("key", "", { ...options, labels: { [key("a")]: "1", [key("b")]: "2" } });
    const one = { ...options, fieldpaths: [`labels.${key("a")}`] };
    const before = await s.stat("key", options);
    const after = await s.update({ name: "key", labels: { [key("a")]: "3" } }, one);
    assert.deepEqual(after.labels, { [key("a")]: "3", [key("b")]: "2" });
    assert.ok(after.updatedAt > before.updatedAt);
    await s.update({ name: "key", labels: { [key("a")]: "" } }, one);
    assert.deepEqual((await s.stat("key", options)).labels, { [key("b")]: "2" });
    await s.update({ name: "key", labels: { [key("c")]: "4" } }, options);
    assert.deepEqual((await s.stat("key", options)).labels, { [key("c")]: "4" });
  });

  run("remove() forgets a snapshot, and its key can be used again", async (s) => {
    await s.prepare("key", "", options);
    await s.remove("key", options);
    await assert.rejects(s.stat("key", options), isNotFound);
    await assert.rejects(s.mounts("key", options), isNotFound);
    await s.prepare("key", "", options);
  });

  run("usage() of a view is nothing, of an active snapshot something", async (s) => {
    await layer(s, "base");
    await s.prepare("active", "base", options);
    await s.view("view", "base", options);
    assert.deepEqual(await s.usage("view", options), { sizeBytes: 0n, inodes: 0n });
    assert.ok((await s.usage("active", options)).inodes >= 1n);
    await assert.rejects(s.usage("none", options), isNotFound);
  });

  run("keys may hold spaces, slashes and any letters", async (s) => {
    const key = "extract-123-AbCd sha256:ff/ü";
    await s.prepare(key, "", options);
    await s.commit("sha256:ff", key, options);
    assert.deepEqual(await names(s), ["sha256:ff"]);
  });

  run("many snapshots are prepared at once", async (s) => {
    await layer(s, "base");
    const keys = Array.from({ length: 30 }, (_, i) => `key-${String(i).padStart(2, "0")}`);
    await Promise.all(keys.map((key) => s.prepare(key, "base", options)));
    assert.deepEqual(await names(s, "kind==active"), keys);
  });
}

function refusalTests(run: Run, supports: Supports): void {
  run("a key or name in use is AlreadyExists", async (s) => {
    await layer(s, "base");
    await s.prepare("key", "base", options);
    await assert.rejects(s.prepare("key", "", options), isAlreadyExists);
    await assert.rejects(s.view("base", "", options), isAlreadyExists);
    await assert.rejects(s.commit("base", "key", options), isAlreadyExists);
  });

  run("a parent that is absent is NotFound, one that is not committed InvalidArgument", async (s) => {
    await s.prepare("active", "", options);
    await assert.rejects(s.prepare("key", "none", options), isNotFound);
    await assert.rejects(s.prepare("key", "active", options), isInvalidArgument);
    await assert.rejects(s.view("key", "active", options), isInvalidArgument);
    assert.deepEqual(await names(s), ["active"]);
  });

  run("commit() of what is absent is NotFound, of what is not active FailedPrecondition", async (s) => {
    await layer(s, "base");
    await s.view("view", "base", options);
    await assert.rejects(s.commit("x", "none", options), isNotFound);
    await assert.rejects(s.commit("x", "view", options), isFailedPrecondition);
    await assert.rejects(s.commit("x", "base", options), isFailedPrecondition);
  });

  run("mounts() of a committed snapshot is FailedPrecondition", async (s) => {
    await layer(s, "base");
    await assert.rejects(s.mounts("base", options), isFailedPrecondition);
  });

  run("remove() of a snapshot with children fails until they are gone", async (s) => {
    await layer(s, "base");
    await s.prepare("child", "base", options);
    await assert.rejects(s.remove("base", options), isFailedPrecondition);
    await s.remove("child", options);
    await s.remove("base", options);
    assert.deepEqual(await names(s), []);
  });

  run("remove() and update() of what is absent are NotFound; other fields are InvalidArgument", async (s) => {
    await assert.rejects(s.remove("none", options), isNotFound);
    await assert.rejects(s.update({ name: "none", labels: {} }, options), isNotFound);
    await s.prepare("key", "", options);
    await assert.rejects(
      s.update({ name: "key", labels: {} }, { ...options, fieldpaths: ["parent"] }),
      isInvalidArgument,
    );
  });

  if (supports.rebase)
    run("commit() with a parent re-bases a snapshot that has none", async (s) => {
      await layer(s, "base");
      await s.prepare("key", "", options);
      await s.commit("name", "key", { ...options, parent: "base" });
      assert.equal((await s.stat("name", options)).parent, "base");
      await s.prepare("other", "", options);
      await assert.rejects(s.commit("x", "other", { ...options, parent: "none" }), isNotFound);
    });

  if (supports.refusesOtherParent)
    run("commit() with another parent than the snapshot has is InvalidArgument", async (s) => {
      await layer(s, "one");
      await layer(s, "two");
      await s.prepare("key", "one", options);
      await assert.rejects(s.commit("x", "key", { ...options, parent: "two" }), isInvalidArgument);
    });

  if (supports.cleanup)
    run("cleanup() leaves what is in use alone", async (s) => {
      await layer(s, "base");
      const mounts = await s.prepare("key", "base", options);
      await s.prepare("gone", "base", options);
      await s.remove("gone", options);
      await s.cleanup?.(options);
      assert.deepEqual(await s.mounts("key", options), mounts);
      await s.prepare("again", "base", options);
    });
}

function treeTests(run: Run, supports: Supports): void {
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

async function names(s: Snapshotter, ...filters: string[]): Promise<string[]> {
  const infos: Info[] = await Array.fromAsync(s.list({ ...options, filters }));
  return infos.map(({ name }) => name);
}

/** Commits a layer, written by `write` where given. */
async function layer(
  s: Snapshotter,
  name: string,
  parent = "",
  write?: (root: string) => void,
): Promise<void> {
  const mounts = await s.prepare(`${name}-active`, parent, options);
  if (write) await mounted(mounts, async (root) => write(root));
  await s.commit(name, `${name}-active`, options);
}

async function mounted<T>(mounts: readonly Mount[], use: (root: string) => Promise<T>): Promise<T> {
  const root = mkdtempSync(join(tmpdir(), "davit-suite-"));
  try {
    await mountAll(mounts, root);
    return await use(root);
  } finally {
    await unmountAll(root);
    rmdirSync(root);
  }
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
