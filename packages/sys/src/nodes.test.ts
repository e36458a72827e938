import assert from "node:assert/strict";
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FileType, majorOf, makeDevice, minorOf, mkfifo, mknod } from "@davit/sys";
import { needsRoot, temporary } from "./testing/temporary.ts";

test("mkfifo makes a fifo, and EEXIST the second time", () => {
  using dir = temporary();
  const path = join(dir.path, "fifo");
  mkfifo(path, 0o600);
  const stats = lstatSync(path);
  assert.ok(stats.isFIFO());
  assert.equal(stats.mode & 0o777, 0o600);
  assert.throws(() => mkfifo(path), { code: "EEXIST", syscall: "mknod", path });
});

test("mkfifo takes a name that is not UTF-8", () => {
  using dir = temporary();
  mkfifo(Buffer.concat([Buffer.from(`${dir.path}/`), Buffer.from([0xff, 0xfe])]));
  assert.deepEqual(readdirSync(dir.path, { encoding: "buffer" }), [Buffer.from([0xff, 0xfe])]);
});

test("mknod makes devices and overlayfs' whiteout", { skip: needsRoot }, () => {
  using dir = temporary();
  mknod(join(dir.path, "null"), FileType.S_IFCHR | 0o600, makeDevice(1, 3));
  mknod(join(dir.path, "block"), FileType.S_IFBLK | 0o600, makeDevice(259, 70_000));
  mknod(join(dir.path, "whiteout"), FileType.S_IFCHR, makeDevice(0, 0));
  const block = lstatSync(join(dir.path, "block"));
  assert.ok(lstatSync(join(dir.path, "null")).isCharacterDevice());
  assert.deepEqual([block.isBlockDevice(), majorOf(block.rdev), minorOf(block.rdev)], [true, 259, 70_000]);
  assert.equal(lstatSync(join(dir.path, "whiteout")).rdev, 0);
});

test("makeDevice encodes as Linux does, and refuses what does not fit", () => {
  assert.equal(makeDevice(8, 1), 0x801);
  assert.equal(makeDevice(0xfff, 0xfffff), 0xffffffff);
  assert.equal(majorOf(makeDevice(0xfff, 0xabcde)), 0xfff);
  assert.equal(minorOf(makeDevice(0xfff, 0xabcde)), 0xabcde);
  for (const [major, minor] of [
    [4096, 0],
    [0, 2 ** 20],
    [-1, 0],
    [0.5, 0],
  ] as const)
    assert.throws(() => makeDevice(major, minor), RangeError);
});
