import assert from "node:assert/strict";
import { closeSync, existsSync, mkdirSync, openSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isMountPoint, mount, mountInfo, parseMountInfo, umount } from "@davit/sys";
import { needsRoot, temporary } from "./testing/temporary.ts";

test("a line is parsed into its fields", () => {
  const line = "36 35 98:0 /mnt1 /mnt2 rw,noatime shared:1 master:2 - ext3 /dev/root rw,errors=continue\n";
  assert.deepEqual(parseMountInfo(line), [
    {
      id: 36,
      parentId: 35,
      major: 98,
      minor: 0,
      root: "/mnt1",
      mountPoint: "/mnt2",
      options: ["rw", "noatime"],
      optionalFields: ["shared:1", "master:2"],
      fsType: "ext3",
      source: "/dev/root",
      superOptions: ["rw", "errors=continue"],
    },
  ]);
});

test("a mount without optional fields, and one named like the separator", () => {
  const [first, second] = parseMountInfo("1 0 0:1 / /a rw - tmpfs - rw\n2 1 0:2 / - rw - tmpfs x rw\n");
  assert.deepEqual([first?.optionalFields, first?.source], [[], "-"]);
  assert.deepEqual([second?.mountPoint, second?.source], ["-", "x"]);
});

test("octal escapes become the bytes they stand for", () => {
  const [mount] = parseMountInfo(String.raw`1 0 0:1 / /a\040b\011c\134d\303\244é rw - tmpfs x\040y rw`);
  assert.equal(mount?.mountPoint, "/a b\tc\\däé");
  assert.equal(mount?.source, "x y");
});

test("a line that is none is an error that shows it", () => {
  assert.throws(() => parseMountInfo("1 0 0:1 / /a rw"), /not a line of mountinfo: "1 0 0:1/);
});

test("this process's mounts hold /proc", () => {
  assert.ok(mountInfo().some(({ mountPoint, fsType }) => mountPoint === "/proc" && fsType === "proc"));
});

test("isMountPoint tells mount points from directories and absent paths", () => {
  assert.equal(isMountPoint("/proc"), true);
  assert.equal(isMountPoint("/proc/self/../"), true);
  assert.equal(isMountPoint("/proc/sys/kernel"), false);
  assert.equal(isMountPoint("/davit/absent"), false);
});

const fuse = {
  skip: needsRoot || (existsSync("/dev/fuse") ? false : "needs /dev/fuse"),
};

test("a mount whose file system has died is still found, by its path", fuse, () => {
  using dir = temporary();
  const target = join(dir.path, "dead");
  mkdirSync(target);
  const fd = openSync("/dev/fuse", "r+");
  const data = `fd=${fd},rootmode=40000,user_id=0,group_id=0`;
  mount({ source: "davit-test", target, fsType: "fuse", data });
  closeSync(fd);
  try {
    assert.throws(() => statSync(target), { code: "ENOTCONN" });
    assert.equal(isMountPoint(target), true);
  } finally {
    umount(target);
  }
  assert.equal(isMountPoint(target), false);
});
