import { statfsSync } from "node:fs";
import { check } from "./call.ts";
import { native } from "./ffi.ts";

/** Types of file systems as statfs(2) tells them. */
export const FsMagic = {
  EXT4_SUPER_MAGIC: 0xef53,
  XFS_SUPER_MAGIC: 0x58465342,
  BTRFS_SUPER_MAGIC: 0x9123683e,
  TMPFS_MAGIC: 0x01021994,
  OVERLAYFS_SUPER_MAGIC: 0x794c7630,
  EROFS_SUPER_MAGIC_V1: 0xe0f5e1e2,
  ZFS_SUPER_MAGIC: 0x2fc12fc1,
  NFS_SUPER_MAGIC: 0x6969,
  FUSE_SUPER_MAGIC: 0x65735546,
  CGROUP_SUPER_MAGIC: 0x27e0eb,
  CGROUP2_SUPER_MAGIC: 0x63677270,
  PROC_SUPER_MAGIC: 0x9fa0,
  SYSFS_MAGIC: 0x62656572,
} as const;

const syncfsNative = native("syncfs", "int", ["int"]);

/** The type of the file system that holds `path`: one of `FsMagic`, or another number. @throws SystemError */
export function fsMagic(path: string): number {
  return Number(BigInt.asUintN(32, statfsSync(path, { bigint: true }).type));
}

/** Writes back the whole file system that holds the open file, blocking the thread. @throws SystemError (EIO, ENOSPC) */
export function syncfs(fd: number): void {
  check({ call: "syncfs" }, syncfsNative, fd);
}
