// Owner, attributes, mode and times, in the order in which none undoes another.
import { chmodSync, fchmodSync, fchownSync, lchownSync, lstatSync } from "node:fs";
import { InvalidArgumentError, isErrno } from "@davit/errdefs";
import { futimens, lgetxattr, llistxattr, lsetxattr, lutimens, XattrFlag } from "@davit/sys";
import { display, type ByteString, type TarEntry } from "./tar-entry.ts";
import { native } from "./tree.ts";

/** What decides how attributes are set. */
export interface AttributePolicy {
  /** Set owners, which takes privilege; else everything belongs to this process. */
  readonly sameOwner: boolean;
  /** Later times become this one, nanoseconds since 1970. */
  readonly clampMtimeNs: bigint | undefined;
  /** Told of what was left out. */
  readonly warn: (message: string) => void;
}

/** Access and modification time, nanoseconds since 1970. */
export interface Times {
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
}

/** Highest id: the one above means "leave it" to chown(2). */
const MAX_ID = 0xfffffffe;

/** Sets everything of an open file but its xattrs (which the path carries) and times. Chown goes first: it clears set-id bits. */
export function setFileOwnerAndMode(fd: number, entry: TarEntry, policy: AttributePolicy): void {
  if (policy.sameOwner) fchownSync(fd, checkedId(entry.uid), checkedId(entry.gid));
  fchmodSync(fd, entry.mode);
}

/** Sets the times of an open file. */
export function setFileTimes(fd: number, entry: TarEntry, policy: AttributePolicy): void {
  const { atimeNs, mtimeNs } = timesOf(entry, policy);
  futimens(fd, atimeNs, mtimeNs);
}

/** Sets the owner, without following a link. */
export function setOwner(
  path: ByteString,
  { uid, gid }: Pick<TarEntry, "uid" | "gid">,
  policy: AttributePolicy,
): void {
  if (policy.sameOwner) lchownSync(native(path), checkedId(uid), checkedId(gid));
}

/** Sets the mode of what must not be a symbolic link: that would be followed. */
export function setMode(path: ByteString, mode: number): void {
  chmodSync(native(path), mode);
}

/** Sets access and modification time, without following a link. */
export function setTimes(path: ByteString, times: Times): void {
  lutimens(native(path), times.atimeNs, times.mtimeNs);
}

/** The times a member gets: not before 1970, not after the clamp, and accessed no earlier than modified, as containerd does. */
export function timesOf({ atimeNs, mtimeNs }: TarEntry, { clampMtimeNs }: AttributePolicy): Times {
  const bound = (time: bigint) => {
    const late = clampMtimeNs !== undefined && time > clampMtimeNs ? clampMtimeNs : time;
    return late < 0n ? 0n : late;
  };
  return { atimeNs: bound(atimeNs > mtimeNs ? atimeNs : mtimeNs), mtimeNs: bound(mtimeNs) };
}

/**
 * Sets the extended attributes of a member. `trusted.*` is the kernel's own book-keeping (overlayfs above all), which
 * an archive must not forge: it is left out with a warning, as is what the file system has no place for.
 */
export function setXattrs(path: ByteString, entry: TarEntry, policy: AttributePolicy): void {
  for (const [name, value] of entry.xattrs) {
    if (isPrivate(name)) {
      policy.warn(`ignored xattr ${display(name)} of ${display(entry.name)}: not for archives`);
      continue;
    }
    try {
      lsetxattr(native(path), native(name), value);
    } catch (error) {
      const tolerated =
        isErrno(error, "ENOTSUP", "EOPNOTSUPP") || (!policy.sameOwner && isErrno(error, "EPERM"));
      if (!tolerated) throw error;
      policy.warn(`ignored xattr ${display(name)} of ${display(entry.name)}: ${(error as Error).message}`);
    }
  }
}

/** Makes `to` a directory like `from` in owner, mode and attributes; its times are returned, to be set last. */
export function copyDirectoryAttributes(from: ByteString, to: ByteString, policy: AttributePolicy): Times {
  const stats = lstatSync(native(from), { bigint: true });
  setOwner(to, { uid: Number(stats.uid), gid: Number(stats.gid) }, policy);
  for (const name of xattrNames(from)) copyXattr(from, to, name);
  setMode(to, Number(stats.mode & 0o7777n));
  return { atimeNs: stats.atimeNs, mtimeNs: stats.mtimeNs };
}

const isPrivate = (name: ByteString): boolean =>
  name.startsWith("trusted.") || name.startsWith("user.overlay.");

function xattrNames(path: ByteString): string[] {
  try {
    return llistxattr(native(path)).filter((name) => !isPrivate(name));
  } catch (error) {
    if (isErrno(error, "ENOTSUP", "EOPNOTSUPP")) return [];
    throw error;
  }
}

function copyXattr(from: ByteString, to: ByteString, name: string): void {
  const value = lgetxattr(native(from), name);
  if (!value) return;
  try {
    lsetxattr(native(to), name, value, XattrFlag.XATTR_CREATE);
  } catch (error) {
    // EEXIST: the new directory has its own, such as a label the kernel gave it.
    if (!isErrno(error, "ENOTSUP", "EOPNOTSUPP", "EEXIST", "EPERM")) throw error;
  }
}

function checkedId(id: number): number {
  if (id < 0 || id > MAX_ID) throw new InvalidArgumentError(`owner ${id} is no id`);
  return id;
}
