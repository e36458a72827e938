import assert from "node:assert/strict";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isSystemError, lgetxattr, llistxattr, lremovexattr, lsetxattr, XattrFlag } from "@davit/sys";
import { needsRoot, temporary } from "./testing/temporary.ts";

/** A file on a file system with user attributes; a reason to skip where there is none. */
function fileWithAttributes(dir: string): string | undefined {
  const path = join(dir, "file");
  writeFileSync(path, "");
  try {
    lsetxattr(path, "user.probe", "");
    lremovexattr(path, "user.probe");
    return path;
  } catch (error) {
    if (isSystemError(error, "ENOTSUP")) return undefined;
    throw error;
  }
}

test("attributes are set, read, listed and removed", (t) => {
  using dir = temporary();
  const path = fileWithAttributes(dir.path);
  if (!path) return t.skip("the file system has no user attributes");
  const value = Buffer.from([0, 1, 2, 0xff]);
  lsetxattr(path, "user.a", value);
  lsetxattr(path, "user.empty", "");
  assert.deepEqual(lgetxattr(path, "user.a"), value);
  assert.deepEqual(lgetxattr(path, "user.empty"), Buffer.alloc(0));
  assert.deepEqual(
    llistxattr(path)
      .filter((name) => name.startsWith("user."))
      .sort(),
    ["user.a", "user.empty"],
  );
  lremovexattr(path, "user.a");
  assert.equal(lgetxattr(path, "user.a"), undefined);
  assert.throws(() => lremovexattr(path, "user.a"), { code: "ENODATA" });
  assert.throws(() => lsetxattr(path, "user.empty", "x", XattrFlag.XATTR_CREATE), { code: "EEXIST" });
});

test("an attribute of a symbolic link is its own", { skip: needsRoot }, () => {
  using dir = temporary();
  writeFileSync(join(dir.path, "file"), "");
  symlinkSync("file", join(dir.path, "link"));
  lsetxattr(join(dir.path, "link"), "trusted.davit", "link");
  assert.equal(lgetxattr(join(dir.path, "link"), "trusted.davit")?.toString(), "link");
  assert.equal(lgetxattr(join(dir.path, "file"), "trusted.davit"), undefined);
});
