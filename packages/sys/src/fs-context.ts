// The mount API of Linux 5.2 and later: a file system is configured option by option, so that the options of an
// overlay may exceed the page to which mount(2) is limited.
import { check, cString, type PathLike } from "./call.ts";
import { syscall } from "./ffi.ts";

/** Flags of fsopen(2), fsmount(2), move_mount(2), open_tree(2) and their attributes. */
export const FsContextFlag = {
  FSOPEN_CLOEXEC: 1,
  FSMOUNT_CLOEXEC: 1,
  MOVE_MOUNT_F_EMPTY_PATH: 0x4,
  OPEN_TREE_CLONE: 1,
  OPEN_TREE_CLOEXEC: 0o2000000,
  AT_RECURSIVE: 0x8000,
} as const;

/** Attributes of a mount (fsmount(2), mount_setattr(2)). */
export const MountAttribute = {
  MOUNT_ATTR_RDONLY: 0x1,
  MOUNT_ATTR_NOSUID: 0x2,
  MOUNT_ATTR_NODEV: 0x4,
  MOUNT_ATTR_NOEXEC: 0x8,
  MOUNT_ATTR_NOATIME: 0x10,
  MOUNT_ATTR_STRICTATIME: 0x20,
  MOUNT_ATTR_NODIRATIME: 0x80,
  MOUNT_ATTR_IDMAP: 0x100000,
  MOUNT_ATTR_NOSYMFOLLOW: 0x200000,
} as const;

const Command = { setFlag: 0, setString: 1, create: 6 } as const;
const AT_FDCWD = -100;

const openTreeNative = syscall(428, ["int", "const void *", "uint"]);
const moveMountNative = syscall(429, ["int", "const void *", "int", "const void *", "uint"]);
const fsopenNative = syscall(430, ["const void *", "uint"]);
const fsconfigNative = syscall(431, ["int", "uint", "const void *", "const void *", "int"]);
const fsmountNative = syscall(432, ["int", "uint", "uint"]);

/** Opens a context in which a file system of the type is configured; the caller closes the descriptor. @throws SystemError (ENODEV: unknown type) */
export function fsopen(fsType: string): number {
  return check({ call: "fsopen", path: fsType }, fsopenNative, cString(fsType), FsContextFlag.FSOPEN_CLOEXEC);
}

/** Sets an option of the context: `key` alone, or `key=value`. @throws SystemError (EINVAL: the file system refuses it) */
export function fsconfig(fd: number, key: string, value?: string): void {
  const failure = { call: "fsconfig", path: key, dest: value };
  if (value === undefined) check(failure, fsconfigNative, fd, Command.setFlag, cString(key), null, 0);
  else check(failure, fsconfigNative, fd, Command.setString, cString(key), cString(value), 0);
}

/** Makes the configured file system, after which `fsmount` may be called. @throws SystemError */
export function fsconfigCreate(fd: number): void {
  check({ call: "fsconfig" }, fsconfigNative, fd, Command.create, null, null, 0);
}

/** Makes a mount of the context's file system, attached nowhere yet; the caller closes the descriptor. @param attributes bits of `MountAttribute`. */
export function fsmount(fd: number, attributes = 0): number {
  return check({ call: "fsmount" }, fsmountNative, fd, FsContextFlag.FSMOUNT_CLOEXEC, attributes);
}

/** Attaches the mount `fd` at `target`. @throws SystemError */
export function moveMount(fd: number, target: PathLike): void {
  const flags = FsContextFlag.MOVE_MOUNT_F_EMPTY_PATH;
  check({ call: "move_mount", path: target }, moveMountNative, fd, "", AT_FDCWD, cString(target), flags);
}

/** Clones the mount at `path` (with `recursive` those below it), attached nowhere; the caller closes the descriptor. */
export function openTree(path: PathLike, options: { readonly recursive?: boolean } = {}): number {
  const flags =
    FsContextFlag.OPEN_TREE_CLONE |
    FsContextFlag.OPEN_TREE_CLOEXEC |
    (options.recursive ? FsContextFlag.AT_RECURSIVE : 0);
  return check({ call: "open_tree", path }, openTreeNative, AT_FDCWD, cString(path), flags);
}
