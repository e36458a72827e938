import { check, checkAsync, cString, type PathLike } from "./call.ts";
import { native } from "./ffi.ts";

/** Flags of mount(2). */
export const MountFlag = {
  MS_RDONLY: 0x1,
  MS_NOSUID: 0x2,
  MS_NODEV: 0x4,
  MS_NOEXEC: 0x8,
  MS_SYNCHRONOUS: 0x10,
  MS_REMOUNT: 0x20,
  MS_MANDLOCK: 0x40,
  MS_DIRSYNC: 0x80,
  MS_NOSYMFOLLOW: 0x100,
  MS_NOATIME: 0x400,
  MS_NODIRATIME: 0x800,
  MS_BIND: 0x1000,
  MS_MOVE: 0x2000,
  MS_REC: 0x4000,
  MS_SILENT: 0x8000,
  MS_POSIXACL: 0x10000,
  MS_UNBINDABLE: 0x20000,
  MS_PRIVATE: 0x40000,
  MS_SLAVE: 0x80000,
  MS_SHARED: 0x100000,
  MS_RELATIME: 0x200000,
  MS_I_VERSION: 0x800000,
  MS_STRICTATIME: 0x1000000,
  MS_LAZYTIME: 0x2000000,
} as const;

/** Flags of umount2(2). */
export const UnmountFlag = { MNT_FORCE: 1, MNT_DETACH: 2, MNT_EXPIRE: 4, UMOUNT_NOFOLLOW: 8 } as const;

/** What mount(2) takes. Absent parts are null pointers. */
export interface MountRequest {
  readonly source?: PathLike;
  readonly target: PathLike;
  readonly fsType?: string;
  /** Bits of `MountFlag`. */
  readonly flags?: number;
  /** File system options joined by commas; the kernel refuses more than a page (4096 bytes) with EINVAL. */
  readonly data?: string;
}

const mountNative = native("mount", "int", [
  "const void *",
  "const void *",
  "const void *",
  "ulong",
  "const void *",
]);
const umountNative = native("umount2", "int", ["const void *", "int"]);

/** Mounts, blocking the thread: for bind, overlay, tmpfs and their like. @throws SystemError */
export function mount(request: MountRequest): void {
  check({ call: "mount", path: request.source, dest: request.target }, mountNative, ...argumentsOf(request));
}

/** Mounts on a thread of libuv's pool: for file systems that may take long (block devices, network, fuse). */
export async function mountAsync(request: MountRequest): Promise<void> {
  await checkAsync(
    { call: "mount", path: request.source, dest: request.target },
    mountNative,
    ...argumentsOf(request),
  );
}

/** Unmounts `target`. @param flags bits of `UnmountFlag`. @throws SystemError (EINVAL: not a mount point; EBUSY) */
export function umount(target: PathLike, flags = 0): void {
  check({ call: "umount2", path: target }, umountNative, cString(target), flags);
}

/** As `umount`, on a thread of libuv's pool: unmounting may write back much. */
export async function umountAsync(target: PathLike, flags = 0): Promise<void> {
  await checkAsync({ call: "umount2", path: target }, umountNative, cString(target), flags);
}

function argumentsOf({ source, target, fsType, flags = 0, data }: MountRequest) {
  const optional = (value: PathLike | undefined) => (value === undefined ? null : cString(value));
  return [optional(source), cString(target), optional(fsType), flags, optional(data)] as const;
}
