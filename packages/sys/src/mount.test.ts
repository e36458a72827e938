import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  fsconfig,
  fsconfigCreate,
  fsMagic,
  FsMagic,
  fsmount,
  fsopen,
  isMountPoint,
  mount,
  mountAsync,
  MountFlag,
  mountsAt,
  moveMount,
  openTree,
  syncfs,
  umount,
  umountAsync,
  UnmountFlag,
} from "@davit/sys";
import { needsRoot, temporary } from "./testing/temporary.ts";

/** Unmounts all that is mounted at `path` when its scope ends. */
const unmounting = (path: string): Disposable => ({
  [Symbol.dispose]() {
    while (isMountPoint(path)) umount(path, UnmountFlag.MNT_DETACH);
  },
});

test("a tmpfs is mounted, seen, bound read-only and unmounted", { skip: needsRoot }, () => {
  using dir = temporary();
  const [source, target] = [join(dir.path, "with space"), join(dir.path, "bound")];
  for (const path of [source, target]) mkdirSync(path);
  using _source = unmounting(source);
  using _target = unmounting(target);
  mount({
    source: "davit test",
    target: source,
    fsType: "tmpfs",
    flags: MountFlag.MS_NODEV,
    data: "size=1m,mode=0700",
  });
  assert.equal(fsMagic(source), FsMagic.TMPFS_MAGIC);
  const [seen] = mountsAt(source);
  assert.deepEqual(
    [seen?.fsType, seen?.source, seen?.options.includes("nodev")],
    ["tmpfs", "davit test", true],
  );
  writeFileSync(join(source, "file"), "");
  mount({ source, target, flags: MountFlag.MS_BIND | MountFlag.MS_REC });
  mount({ target, flags: MountFlag.MS_BIND | MountFlag.MS_REMOUNT | MountFlag.MS_RDONLY });
  assert.throws(() => writeFileSync(join(target, "file"), ""), { code: "EROFS" });
  umount(target);
  assert.equal(isMountPoint(target), false);
});

test(
  "mountAsync and umountAsync do the same off the thread, errors included",
  { skip: needsRoot },
  async () => {
    using dir = temporary();
    using _target = unmounting(dir.path);
    await mountAsync({ source: "none", target: dir.path, fsType: "tmpfs" });
    assert.ok(isMountPoint(dir.path));
    await umountAsync(dir.path);
    assert.ok(!isMountPoint(dir.path));
    const absent = join(dir.path, "absent");
    await assert.rejects(mountAsync({ source: "none", target: absent, fsType: "tmpfs" }), {
      code: "ENOENT",
      syscall: "mount",
      path: "none",
      dest: absent,
    });
  },
);

test("umount of what is no mount point is EINVAL", { skip: needsRoot }, () => {
  using dir = temporary();
  assert.throws(() => umount(dir.path), { code: "EINVAL", syscall: "umount2", path: dir.path });
});

test("mount without privilege is EPERM", () => {
  const source = `const { mount } = await import(${JSON.stringify(new URL("./index.js", import.meta.url).href)});
    if (process.getuid() === 0) process.setuid(65534);
    try { mount({ target: "/", fsType: "tmpfs" }); } catch (error) { console.log(error.code); }`;
  const ran = spawnSync(process.execPath, ["--input-type=module", "-e", source], { encoding: "utf8" });
  assert.equal(ran.stdout.trim(), "EPERM", ran.stderr);
});

test("the new mount API makes and attaches a file system, and clones a mount", { skip: needsRoot }, (t) => {
  using dir = temporary();
  const [target, clone] = [join(dir.path, "target"), join(dir.path, "clone")];
  for (const path of [target, clone]) mkdirSync(path);
  using _target = unmounting(target);
  using _clone = unmounting(clone);
  const context = fsopen("tmpfs");
  t.after(() => closeSync(context));
  fsconfig(context, "size", "1m");
  assert.throws(() => fsconfig(context, "no_such_option", "1"), { code: "EINVAL", syscall: "fsconfig" });
  fsconfigCreate(context);
  const detached = fsmount(context);
  moveMount(detached, target);
  closeSync(detached);
  writeFileSync(join(target, "file"), "cloned");
  const tree = openTree(target);
  moveMount(tree, clone);
  closeSync(tree);
  assert.equal(readFileSync(join(clone, "file"), "utf8"), "cloned");
  assert.throws(() => fsopen("no-such-file-system"), { code: "ENODEV" });
});

test("syncfs takes an open directory, and fsMagic names proc", () => {
  const fd = openSync("/tmp", "r");
  try {
    syncfs(fd);
  } finally {
    closeSync(fd);
  }
  assert.throws(() => syncfs(-1), { code: "EBADF", syscall: "syncfs" });
  assert.ok(existsSync("/proc"));
  assert.equal(fsMagic("/proc"), FsMagic.PROC_SUPER_MAGIC);
});
