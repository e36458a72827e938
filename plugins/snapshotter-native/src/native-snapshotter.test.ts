import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, linkSync, lstatSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { isNotFound, isNotImplemented, isResourceExhausted, wireMessage } from "@davit/errdefs";
import { copyTree, NativeSnapshotter } from "@davit/plugin-snapshotter-native";
import { snapshotterSuite } from "@davit/snapshots-testsuite";
import { FileType, lgetxattr, lsetxattr, lutimens, mkfifo, mknod } from "@davit/sys";

const root = process.getuid?.() === 0;
const needsRoot = { skip: root ? false : "needs root" };

async function open(): Promise<NativeSnapshotter> {
  const dir = await mkdtemp(join(tmpdir(), "davit-native-"));
  const snapshotter = await NativeSnapshotter.open(join(dir, "root"));
  const close = snapshotter[Symbol.asyncDispose].bind(snapshotter);
  snapshotter[Symbol.asyncDispose] = async () => {
    await close();
    await rm(dir, { recursive: true });
  };
  return snapshotter;
}

if (!root) test("the suite makes owners and mounts", { skip: "needs root" }, () => undefined);
else snapshotterSuite({ test, open, supports: { refusesOtherParent: true, cleanup: true, mounts: true } });

test("commit() does not re-base a copy", needsRoot, async () => {
  await using snapshotter = await open();
  const options = { namespace: "test" };
  await snapshotter.prepare("base-active", "", options);
  await snapshotter.commit("base", "base-active", options);
  await snapshotter.prepare("key", "", options);
  await assert.rejects(snapshotter.commit("name", "key", { ...options, parent: "base" }), isNotImplemented);
});

test(
  "a parent that is not committed is refused with containerd's text",
  { skip: root ? false : "needs root" },
  async () => {
    await using snapshotter = await open();
    const options = { namespace: "test" };
    await snapshotter.prepare("active", "", options);
    for (const make of ["prepare", "view"] as const)
      await assert.rejects(snapshotter[make]("key", "active", options), (err) => {
        assert.equal(
          wireMessage(err),
          `failed to create snapshot: parent "active" is not committed snapshot: invalid argument`,
        );
        return true;
      });
  },
);

test("prepare() that is cancelled during the copy leaves nothing", needsRoot, async () => {
  await using snapshotter = await open();
  const options = { namespace: "test" };
  await snapshotter.prepare("base-active", "", options);
  await snapshotter.commit("base", "base-active", options);
  const controller = new AbortController();
  const preparing = snapshotter.prepare("key", "base", { ...options, signal: controller.signal });
  controller.abort(new Error("the client has gone"));
  await assert.rejects(preparing, /the client has gone/);
  await assert.rejects(snapshotter.stat("key", options), isNotFound);
});

test(
  "a disk that is full during the copy is ResourceExhausted, and takes nothing with it",
  needsRoot,
  async () => {
    const disk = await mkdtemp(join(tmpdir(), "davit-native-disk-"));
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", disk]);
    try {
      await using snapshotter = await NativeSnapshotter.open(disk);
      const options = { namespace: "test" };
      const [mount] = await snapshotter.prepare("base-active", "", options);
      writeFileSync(join(mount?.source ?? "", "big"), Buffer.alloc(7 << 20));
      await snapshotter.commit("base", "base-active", options);
      await snapshotter.prepare("first", "base", options);
      await assert.rejects(snapshotter.prepare("second", "base", options), isResourceExhausted);
      assert.deepEqual(readdirSync(join(disk, "snapshots")), ["1", "2"]);
      await snapshotter.remove("first", options);
      await snapshotter.prepare("second", "base", options);
    } finally {
      execFileSync("umount", ["-l", disk]);
      await rm(disk, { recursive: true });
    }
  },
);

test(
  "a copy keeps hard links, devices, set-user-id bits, attributes and nanoseconds",
  { skip: root ? false : "needs root" },
  async () => {
    const dir = await mkdtemp(join(tmpdir(), "davit-copy-"));
    const [from, to] = [join(dir, "from"), join(dir, "to")];
    mkdirSync(join(from, "sub"), { recursive: true });
    mkdirSync(to);
    writeFileSync(join(from, "file"), "text");
    linkSync(join(from, "file"), join(from, "sub", "link"));
    mknod(join(from, "whiteout"), FileType.S_IFCHR | 0o600);
    mkfifo(join(from, "fifo"));
    writeFileSync(join(from, "setuid"), "");
    chownSync(join(from, "setuid"), 1000, 1000);
    chmodSync(join(from, "setuid"), 0o4755);
    lsetxattr(join(from, "file"), "user.key", "value");
    lutimens(join(from, "file"), 1n, 1_700_000_000_123_456_789n);
    lutimens(join(from, "sub"), 1n, 1_600_000_000_000_000_001n);
    copyTree(from, to);
    const stat = (name: string) => lstatSync(join(to, name), { bigint: true });
    assert.equal(stat("file").ino, stat("sub/link").ino);
    assert.equal(stat("file").mtimeNs, 1_700_000_000_123_456_789n);
    assert.equal(stat("sub").mtimeNs, 1_600_000_000_000_000_001n);
    assert.equal(stat("whiteout").isCharacterDevice(), true);
    assert.equal(stat("fifo").isFIFO(), true);
    assert.deepEqual([stat("setuid").mode & 0o7777n, stat("setuid").uid], [0o4755n, 1000n]);
    assert.equal(String(lgetxattr(join(to, "file"), "user.key")), "value");
    await rm(dir, { recursive: true });
  },
);
