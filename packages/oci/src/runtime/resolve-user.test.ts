import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { afterEach, beforeEach, test } from "node:test";
import { isInvalidArgument, isNotFound, isResourceExhausted } from "@davit/errdefs";
import { resolveUser } from "@davit/oci";

const PASSWD = `root:x:0:0:root:/root:/bin/sh
# a comment
www-data:x:33:33:www:/var/www:/bin/false
broken:x:zero:0::/:
app:x:1000:100:App:/:
`;
const GROUP = `root:x:0:
wheel:x:10:root,app
www-data:x:33:
users:x:100:app
app:x:1000:app
audio:x:29:app,root
`;

let dir: string;
let rootfs: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "davit-oci-"));
  rootfs = join(dir, "rootfs");
  mkdirSync(join(rootfs, "etc"), { recursive: true });
  writeFileSync(join(rootfs, "etc/passwd"), PASSWD);
  writeFileSync(join(rootfs, "etc/group"), GROUP);
});
afterEach(() => rmSync(dir, { recursive: true }));

const answers = [
  ["", 0, 0, [0, 10, 29]],
  ["0", 0, 0, [0, 10, 29]],
  ["root", 0, 0, [0, 10, 29]],
  ["www-data", 33, 33, [33]],
  ["33", 33, 33, [33]],
  ["app", 1000, 100, [100, 10, 29]],
  ["1000", 1000, 100, [100, 10, 29]],
  ["app:wheel", 1000, 10, [10, 100, 29]],
  ["1000:5", 1000, 5, [5, 10, 100, 29]],
  ["4711", 4711, 0, [0]],
  ["4711:33", 4711, 33, [33]],
  ["4711:www-data", 4711, 33, [33]],
  ["2147483647", 2_147_483_647, 0, [0]],
  ["5:", 5, 0, [0]],
  [":5", 0, 5, [5, 10, 29]],
] as const;
for (const [user, uid, gid, additionalGids] of answers) {
  test(`user "${user}" is ${uid}:${gid} in groups ${additionalGids.join()}`, async () => {
    assert.deepEqual(await resolveUser(rootfs, user), { uid, gid, additionalGids });
  });
}

test("names that nobody has are not found", async () => {
  await assert.rejects(resolveUser(rootfs, "bob"), /no users found/);
  await assert.rejects(resolveUser(rootfs, "bob"), isNotFound);
  await assert.rejects(resolveUser(rootfs, "broken"), /no users found/);
  await assert.rejects(resolveUser(rootfs, "app:bobs"), /no groups found/);
});

test("ids beyond an int32 and users of three parts are invalid", async () => {
  await assert.rejects(
    resolveUser(rootfs, "2147483648"),
    /invalid USER value "2147483648": uid out of range/,
  );
  await assert.rejects(resolveUser(rootfs, "-1"), /uid out of range/);
  await assert.rejects(resolveUser(rootfs, "1:4294967295"), /gid out of range/);
  await assert.rejects(resolveUser(rootfs, "a:b:c"), isInvalidArgument);
});

test("a root file system without accounts knows numbers only", async () => {
  rmSync(join(rootfs, "etc"), { recursive: true });
  assert.deepEqual(await resolveUser(rootfs, "7"), { uid: 7, gid: 0, additionalGids: [0] });
  assert.deepEqual(await resolveUser(rootfs, ""), { uid: 0, gid: 0, additionalGids: [0] });
  await assert.rejects(resolveUser(rootfs, "app"), /no users found/);
});

test("links are followed inside the root file system", async () => {
  rmSync(join(rootfs, "etc/passwd"));
  mkdirSync(join(rootfs, "usr/lib"), { recursive: true });
  writeFileSync(join(rootfs, "usr/lib/passwd"), "inside:x:5:6::/:\n");
  symlinkSync("/usr/./lib/passwd", join(rootfs, "etc/passwd"));
  assert.equal((await resolveUser(rootfs, "inside")).uid, 5);
  rmSync(join(rootfs, "etc/passwd"));
  symlinkSync("../../../../usr/lib/../lib/passwd", join(rootfs, "etc/passwd"));
  assert.equal((await resolveUser(rootfs, "inside")).uid, 5);
});

test("no link leads out of the root file system", async () => {
  writeFileSync(join(dir, "passwd"), "outside:x:5:6::/:\n");
  mkdirSync(join(dir, "etc"));
  writeFileSync(join(dir, "etc/passwd"), "outside:x:5:6::/:\n");
  for (const target of ["../../passwd", join(dir, "passwd")]) {
    rmSync(join(rootfs, "etc/passwd"));
    symlinkSync(target, join(rootfs, "etc/passwd"));
    await assert.rejects(resolveUser(rootfs, "outside"), /no users found/, target);
  }
  rmSync(join(rootfs, "etc"), { recursive: true });
  symlinkSync("../etc", join(rootfs, "etc"));
  await assert.rejects(resolveUser(rootfs, "outside"), /too many links/);
});

test("a loop of links is refused", async () => {
  rmSync(join(rootfs, "etc/passwd"));
  symlinkSync("passwd", join(rootfs, "etc/passwd"));
  await assert.rejects(resolveUser(rootfs, "app"), /too many links/);
});

test("accounts that are no regular file are refused, not opened", async () => {
  rmSync(join(rootfs, "etc/passwd"));
  assert.equal(spawnSync("mkfifo", [join(rootfs, "etc/passwd")]).status, 0);
  await assert.rejects(resolveUser(rootfs, "app"), /not a regular file/);
  rmSync(join(rootfs, "etc/passwd"));
  mkdirSync(join(rootfs, "etc/passwd"));
  await assert.rejects(resolveUser(rootfs, "app"), isInvalidArgument);
});

test("accounts beyond 16 MiB are refused, not read", async () => {
  truncateSync(join(rootfs, "etc/passwd"), (16 << 20) + 1);
  await assert.rejects(resolveUser(rootfs, "app"), isResourceExhausted);
});
