// Every C structure this package reads or writes, as bytes. Linux on x64 and arm64: both are little-endian LP64,
// so all but the sizes marked below are the same; layouts.test.ts holds them against the C ABI of this machine.

/** `struct ucred` (socket(7)): pid, uid, gid. */
export const UCRED = { sizeBytes: 12, pid: 0, uid: 4, gid: 8 } as const;

/** `struct timespec` (clock_gettime(2)): seconds and nanoseconds, 64 bits each. */
export const TIMESPEC = { sizeBytes: 16, sec: 0, nsec: 8 } as const;

/** `struct mount_attr` (mount_setattr(2)), version 0. */
export const MOUNT_ATTR = { sizeBytes: 32, attrSet: 0, attrClr: 8, propagation: 16, usernsFd: 24 } as const;

/** `sigset_t` of glibc and musl: 1024 signals. Bit n-1 is signal n. */
export const SIGSET = { sizeBytes: 128 } as const;

/** Opaque objects of posix_spawn(3), with room to spare: glibc and musl have 336 and 80 bytes on both architectures. */
export const SPAWN_ATTR = { sizeBytes: 512 } as const;
/** @see SPAWN_ATTR */
export const SPAWN_FILE_ACTIONS = { sizeBytes: 128 } as const;

/** A pointer. */
export const POINTER = { sizeBytes: 8 } as const;

/** Numbers of system calls that differ between architectures (asm/unistd.h). From 424 on they are the same. */
const NUMBERS = {
  x64: { mknodat: 259, utimensat: 280, syncfs: 306 },
  arm64: { mknodat: 33, utimensat: 88, syncfs: 267 },
} as const;

/** The numbers of system calls on this machine. @throws when the architecture is neither x64 nor arm64. */
export function syscallNumbers(arch: string = process.arch): (typeof NUMBERS)[keyof typeof NUMBERS] {
  if (arch === "x64" || arch === "arm64") return NUMBERS[arch];
  throw new Error(`@davit/sys knows the system calls of x64 and arm64 only, not of ${arch}`);
}

/** Encodes nanoseconds since the epoch (may be negative) as a `struct timespec` at `offset`. */
export function writeTimespec(memory: Buffer, offset: number, ns: bigint): void {
  const fraction = ((ns % NS_PER_SECOND) + NS_PER_SECOND) % NS_PER_SECOND;
  memory.writeBigInt64LE((ns - fraction) / NS_PER_SECOND, offset + TIMESPEC.sec);
  memory.writeBigInt64LE(fraction, offset + TIMESPEC.nsec);
}

const NS_PER_SECOND = 1_000_000_000n;
