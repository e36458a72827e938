import {
  chmodSync,
  constants,
  copyFileSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  type BigIntStats,
} from "node:fs";
import { isErrno } from "@davit/errdefs";
import { lgetxattr, llistxattr, lsetxattr, lutimens, mknod } from "@davit/sys";

/**
 * Copies what lies in `from` into the directory `to`, which takes its owner, mode and times: every kind of file, hard links
 * as such, extended attributes as far as the file system takes them, data shared where it can (reflink). Synchronous.
 */
export function copyTree(from: string, to: string): void {
  copyDirectory(from, to, new Map());
}

function copyDirectory(from: string, to: string, links: Map<string, string>): void {
  for (const name of readdirSync(from)) copyEntry(`${from}/${name}`, `${to}/${name}`, links);
  copyAttributes(from, to, lstatSync(from, { bigint: true }));
}

function copyEntry(from: string, to: string, links: Map<string, string>): void {
  const stat = lstatSync(from, { bigint: true });
  if (stat.isDirectory()) {
    mkdirSync(to);
    copyDirectory(from, to, links);
    return;
  }
  const inode = `${stat.dev}:${stat.ino}`;
  const first = links.get(inode);
  if (first !== undefined) {
    linkSync(first, to);
    return;
  }
  if (stat.nlink > 1n) links.set(inode, to);
  if (stat.isFile()) copyFileSync(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  else if (stat.isSymbolicLink()) symlinkSync(readlinkSync(from, { encoding: "buffer" }), to);
  else if (stat.isSocket()) return; // A socket is nothing without the process that listens on it.
  else mknod(to, Number(stat.mode), Number(stat.rdev));
  copyAttributes(from, to, stat);
}

/** Owner first: a change of owner clears the set-user-id bit, which chmod then sets. Times last. */
function copyAttributes(from: string, to: string, stat: BigIntStats): void {
  lchownSync(to, Number(stat.uid), Number(stat.gid));
  copyXattrs(from, to);
  if (!stat.isSymbolicLink()) chmodSync(to, Number(stat.mode & 0o7777n));
  lutimens(to, stat.atimeNs, stat.mtimeNs);
}

function copyXattrs(from: string, to: string): void {
  for (const name of namesOf(from)) {
    const value = lgetxattr(from, name);
    if (value === undefined) continue;
    try {
      lsetxattr(to, name, value);
    } catch (error) {
      // containerd ignores what the copy cannot carry (reference 03 §2.2).
      if (!isErrno(error, "ENOTSUP") && !isErrno(error, "EPERM") && !isErrno(error, "EOPNOTSUPP"))
        throw error;
    }
  }
}

function namesOf(path: string): string[] {
  try {
    return llistxattr(path);
  } catch (error) {
    if (isErrno(error, "ENOTSUP") || isErrno(error, "EOPNOTSUPP")) return [];
    throw error;
  }
}
