import { check, cString, type PathLike } from "./call.ts";
import { syscall, type NativeFunction } from "./ffi.ts";
import { syscallNumbers } from "./layouts.ts";

/** The type bits of a file's mode (inode(7)). */
export const FileType = {
  S_IFMT: 0o170000,
  S_IFSOCK: 0o140000,
  S_IFLNK: 0o120000,
  S_IFREG: 0o100000,
  S_IFBLK: 0o060000,
  S_IFDIR: 0o040000,
  S_IFCHR: 0o020000,
  S_IFIFO: 0o010000,
} as const;

const AT_FDCWD = -100;
let mknodNative: NativeFunction | undefined;

/**
 * Makes a special file. The thread's umask applies; fifos need no privilege, devices do (but 0:0 of `S_IFCHR`,
 * overlayfs' whiteout).
 *
 * @param mode type (`S_IFCHR`, `S_IFBLK`, `S_IFIFO`, `S_IFSOCK`) and permissions.
 * @param device a number of `makeDevice`.
 * @throws SystemError
 */
export function mknod(path: PathLike, mode: number, device = 0): void {
  // By number: glibc before 2.33 exports no mknod.
  mknodNative ??= syscall(syscallNumbers().mknodat, ["int", "const void *", "uint", "uint"]);
  check({ call: "mknod", path }, mknodNative, AT_FDCWD, cString(path), mode, device);
}

/** Makes a fifo. The thread's umask applies. @throws SystemError (EEXIST) */
export function mkfifo(path: PathLike, mode = 0o666): void {
  mknod(path, FileType.S_IFIFO | mode);
}

/** The number of the device major:minor. @throws RangeError beyond the kernel's 12 and 20 bits. */
export function makeDevice(major: number, minor: number): number {
  const fits = (value: number, bits: number) => Number.isInteger(value) && value >= 0 && value < 2 ** bits;
  if (!fits(major, 12) || !fits(minor, 20))
    throw new RangeError(`device number ${major}:${minor} does not fit 32 bits`);
  return ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0;
}

/** The major number of a device (`Stats.rdev`). */
export const majorOf = (device: number): number => (device >>> 8) & 0xfff;

/** The minor number of a device (`Stats.rdev`). */
export const minorOf = (device: number): number => (device & 0xff) | ((device >>> 12) & 0xfff00);
