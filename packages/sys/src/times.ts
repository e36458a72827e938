import { check, cString, type PathLike } from "./call.ts";
import { native } from "./ffi.ts";
import { TIMESPEC, writeTimespec } from "./layouts.ts";

/** Nanoseconds since the epoch, the present, or "leave it" (utimensat(2)). */
export type FileTime = bigint | "now" | "omit";

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const SPECIAL = { now: 0x3fffffffn, omit: 0x3ffffffen } as const;

const utimensatNative = native("utimensat", "int", ["int", "const void *", "const void *", "int"]);
const futimensNative = native("futimens", "int", ["int", "const void *"]);

// One per thread is enough: the calls are synchronous and the kernel keeps nothing.
const memory = Buffer.alloc(2 * TIMESPEC.sizeBytes);

/** Sets access and modification time exactly (Node's take a double: steps of some 240 ns), of the link itself if it is one. @throws SystemError */
export function lutimens(path: PathLike, atime: FileTime, mtime: FileTime): void {
  const times = encode(atime, mtime);
  check({ call: "utimensat", path }, utimensatNative, AT_FDCWD, cString(path), times, AT_SYMLINK_NOFOLLOW);
}

/** Sets access and modification time of an open file exactly. @throws SystemError */
export function futimens(fd: number, atime: FileTime, mtime: FileTime): void {
  check({ call: "futimens" }, futimensNative, fd, encode(atime, mtime));
}

function encode(atime: FileTime, mtime: FileTime): Buffer {
  for (const [index, time] of [atime, mtime].entries()) {
    const offset = index * TIMESPEC.sizeBytes;
    if (typeof time === "bigint") writeTimespec(memory, offset, time);
    else memory.writeBigInt64LE(SPECIAL[time], offset + TIMESPEC.nsec);
  }
  return memory;
}
