import assert from "node:assert/strict";
import { closeSync, lstatSync, openSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { futimens, lutimens } from "@davit/sys";
import { temporary } from "./testing/temporary.ts";

const ATIME = 1_700_000_000_000_000_001n;
const MTIME = 1_234_567_890_123_456_789n;

test("times are exact to the nanosecond, by descriptor and by path", () => {
  using dir = temporary();
  const path = join(dir.path, "file");
  writeFileSync(path, "");
  lutimens(path, ATIME, MTIME);
  assert.deepEqual(
    [lstatSync(path, { bigint: true }).atimeNs, lstatSync(path, { bigint: true }).mtimeNs],
    [ATIME, MTIME],
  );
  const fd = openSync(path, "r+");
  futimens(fd, MTIME, ATIME);
  closeSync(fd);
  assert.equal(lstatSync(path, { bigint: true }).mtimeNs, ATIME);
});

test("a symbolic link has times of its own", () => {
  using dir = temporary();
  const [file, link] = [join(dir.path, "file"), join(dir.path, "link")];
  writeFileSync(file, "");
  symlinkSync("file", link);
  lutimens(file, 0n, 0n);
  lutimens(link, ATIME, MTIME);
  assert.equal(lstatSync(link, { bigint: true }).mtimeNs, MTIME);
  assert.equal(lstatSync(file, { bigint: true }).mtimeNs, 0n);
});

test("times before 1970, now and omitted ones", () => {
  using dir = temporary();
  const path = join(dir.path, "file");
  writeFileSync(path, "");
  lutimens(path, "now", -1_500_000_000n);
  assert.equal(lstatSync(path, { bigint: true }).mtimeNs, -1_500_000_000n);
  lutimens(path, 5n, "omit");
  const { atimeNs, mtimeNs } = lstatSync(path, { bigint: true });
  assert.deepEqual([atimeNs, mtimeNs], [5n, -1_500_000_000n]);
  assert.throws(() => lutimens(join(dir.path, "absent"), 0n, 0n), { code: "ENOENT", syscall: "utimensat" });
});
