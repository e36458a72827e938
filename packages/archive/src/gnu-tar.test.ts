// Trees that GNU tar packs, unpacked by it and by us: the results must be the same in every respect.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  linkSync,
  lchownSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { applyLayer } from "@davit/archive";
import { FileType, isSystemError, lsetxattr, lutimens, makeDevice, mkfifo, mknod } from "@davit/sys";
import { describe, needsRoot, temporary } from "./testing/fixture.ts";

const run = (...args: string[]) => spawnSync("tar", args, { encoding: "utf8" });
const version = run("--version").stdout ?? "";
const skip = !version.includes("GNU tar") && "GNU tar is absent";
const isRoot = needsRoot === false;

/** A tree with one of everything. */
function plant(root: string): void {
  const at = (name: string) => join(root, name);
  for (const name of [
    "dir",
    "dir/sub",
    "sticky",
    "empty",
    "long".repeat(20),
    `${"long".repeat(20)}/${"name".repeat(20)}`,
  ])
    mkdirSync(at(name));
  writeFileSync(at("file"), "content");
  writeFileSync(at("dir/empty"), "");
  writeFileSync(at("dir/sub/big"), Buffer.alloc(3_000_001, "abc"));
  writeFileSync(at(`${"long".repeat(20)}/${"name".repeat(20)}/${"file".repeat(30)}`), "long");
  writeFileSync(at("ünï→日本"), "unicode");
  writeFileSync(at("with space\tand\nnewline"), "odd");
  writeFileSync(at("script"), "#!/bin/sh\n", { mode: 0o755 });
  symlinkSync("dir/sub", at("link"));
  symlinkSync("/absent/target", at("dangling"));
  symlinkSync("t".repeat(200), at("long-link"));
  linkSync(at("file"), at("dir/hard"));
  mkfifo(at("fifo"), 0o640);
  for (const [name, mode] of [
    ["sticky", 0o1777],
    ["dir/sub", 0o700],
    ["file", 0o604],
    ["script", 0o4755],
    ["empty", 0o2750],
  ] as const)
    chmodSync(at(name), mode);
  plantSparse(at("sparse"));
  plantAttributes(root);
  if (isRoot) plantPrivileged(root);
  for (const [index, name] of [
    "file",
    "dir/sub/big",
    "link",
    "fifo",
    "dir/sub",
    "dir",
    "sticky",
    "dangling",
  ].entries())
    lutimens(at(name), 5n, 1_500_000_000_123_456_789n + BigInt(index) * 1_000_000_007n);
}

function plantSparse(path: string): void {
  const fd = openSync(path, "w");
  for (let index = 0; index < 12; index++) writeSync(fd, "data", index * 1_000_000);
  ftruncateSync(fd, 12_345_678);
  closeSync(fd);
}

function plantAttributes(root: string): void {
  try {
    lsetxattr(join(root, "file"), "user.davit", Buffer.from([0, 1, 0x3d, 0x0a, 0xff]));
    lsetxattr(join(root, "dir"), "user.empty", "");
  } catch (error) {
    if (!isSystemError(error, "ENOTSUP")) throw error;
  }
}

function plantPrivileged(root: string): void {
  const at = (name: string) => join(root, name);
  mknod(at("char"), FileType.S_IFCHR | 0o620, makeDevice(1, 3));
  mknod(at("block"), FileType.S_IFBLK | 0o660, makeDevice(259, 300));
  lchownSync(at("link"), 1, 2);
  lchownSync(at("dir/empty"), 1000, 3_000_000);
  lsetxattr(
    at("dir/empty"),
    "security.capability",
    Buffer.from("0100000200040000000000000000000000000000", "hex"),
  );
}

/** Packs the tree with the options, unpacks it twice, and compares. */
async function compare(options: readonly string[], unpackOptions: readonly string[] = []): Promise<void> {
  using dir = temporary();
  const [source, theirs, ours, archive] = ["source", "theirs", "ours", "archive"].map((name) =>
    join(dir.path, name),
  ) as [string, string, string, string];
  for (const path of [source, theirs, ours]) mkdirSync(path);
  plant(source);
  const packed = run("-cf", archive, "-C", source, ...options, ".");
  assert.equal(packed.status, 0, packed.stderr);
  const unpacked = run("-xpf", archive, "-C", theirs, "--numeric-owner", ...unpackOptions);
  assert.equal(unpacked.status, 0, unpacked.stderr);
  await applyLayer({ source: { path: archive }, root: ours, mode: "naive", sameOwner: isRoot });
  const expected = describe(theirs);
  assert.ok(Object.keys(expected).length > 20);
  assert.deepEqual(describe(ours), expected);
}

const xattrs = ["--xattrs", "--xattrs-include=*"];

test("a PAX archive, with attributes and nanoseconds", { skip }, () =>
  compare(["--format=pax", ...xattrs], xattrs),
);
test("a GNU archive", { skip }, () => compare(["--format=gnu"]));
test("a PAX archive with sparse files in format 0.0", { skip }, () =>
  compare(["--format=pax", "-S", "--sparse-version=0.0"]),
);
test("a PAX archive with sparse files in format 0.1", { skip }, () =>
  compare(["--format=pax", "-S", "--sparse-version=0.1"]),
);
test("a PAX archive with sparse files in format 1.0", { skip }, () =>
  compare(["--format=pax", "-S", "--sparse-version=1.0"]),
);
test("a GNU archive with old sparse files", { skip }, () => compare(["--format=gnu", "-S"]));
test("a gzip archive by tar itself", { skip }, () => compare(["--format=pax", "-z"]));
