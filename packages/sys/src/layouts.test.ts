import assert from "node:assert/strict";
import { test } from "node:test";
import { loadKoffi } from "./ffi.ts";
import {
  MOUNT_ATTR,
  POINTER,
  SPAWN_ATTR,
  SPAWN_FILE_ACTIONS,
  syscallNumbers,
  TIMESPEC,
  UCRED,
  writeTimespec,
} from "./layouts.ts";

const koffi = loadKoffi();

/** Compares our numbers with what the C compiler's rules give on this machine. */
function sameAsAbi(ours: Readonly<Record<string, number>>, fields: Readonly<Record<string, string>>): void {
  const struct = koffi.struct({ ...fields });
  const abi = Object.fromEntries(Object.keys(fields).map((name) => [name, koffi.offsetof(struct, name)]));
  assert.deepEqual(ours, { sizeBytes: koffi.sizeof(struct), ...abi });
}

test("struct ucred is laid out as the C ABI lays it out", () => {
  sameAsAbi(UCRED, { pid: "int", uid: "uint", gid: "uint" });
});

test("struct timespec is laid out as the C ABI lays it out", () => {
  sameAsAbi(TIMESPEC, { sec: "long", nsec: "long" });
});

test("struct mount_attr is laid out as the C ABI lays it out", () => {
  sameAsAbi(MOUNT_ATTR, {
    attrSet: "uint64_t",
    attrClr: "uint64_t",
    propagation: "uint64_t",
    usernsFd: "uint64_t",
  });
});

test("the opaque objects of posix_spawn have room for glibc's and musl's", () => {
  // posix_spawnattr_t: short, pid_t, two sigset_t, two ints, int[16]. posix_spawn_file_actions_t: two ints, a pointer, int[16].
  const sigset = koffi.array("ulong", 16);
  const spawnAttr = koffi.struct({
    flags: "short",
    group: "int",
    sigdefault: sigset,
    sigmask: sigset,
    policy: "int",
    priority: "int",
    pad: koffi.array("int", 16),
  });
  const fileActions = koffi.struct({
    allocated: "int",
    used: "int",
    list: "void *",
    pad: koffi.array("int", 16),
  });
  assert.ok(SPAWN_ATTR.sizeBytes >= koffi.sizeof(spawnAttr), `${koffi.sizeof(spawnAttr)}`);
  assert.ok(SPAWN_FILE_ACTIONS.sizeBytes >= koffi.sizeof(fileActions), `${koffi.sizeof(fileActions)}`);
});

test("pointers and longs have 64 bits", () => {
  assert.equal(koffi.sizeof("void *"), POINTER.sizeBytes);
  assert.equal(koffi.sizeof("long"), 8);
});

test("times before the epoch round down, as the kernel wants them", () => {
  const memory = Buffer.alloc(TIMESPEC.sizeBytes);
  writeTimespec(memory, 0, -1n);
  assert.deepEqual(
    [memory.readBigInt64LE(TIMESPEC.sec), memory.readBigInt64LE(TIMESPEC.nsec)],
    [-1n, 999_999_999n],
  );
  writeTimespec(memory, 0, 1_500_000_000_123_456_789n);
  assert.deepEqual(
    [memory.readBigInt64LE(TIMESPEC.sec), memory.readBigInt64LE(TIMESPEC.nsec)],
    [1_500_000_000n, 123_456_789n],
  );
});

test("an architecture without a table of system calls is named", () => {
  assert.equal(syscallNumbers("x64").mknodat, 259);
  assert.equal(syscallNumbers("arm64").mknodat, 33);
  assert.throws(() => syscallNumbers("mips"), /mips/);
});
