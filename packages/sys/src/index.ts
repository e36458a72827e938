/**
 * System calls of Linux that Node does not have, through FFI: mounts, special files, extended attributes, exact
 * times, peer credentials, pidfds, reaping by pid, posix_spawn, locks. koffi is loaded at the first call, each
 * function bound at its own; all work on worker threads. Failures are Errors like Node's own: `code`, `errno`, `syscall`.
 * Synchronous calls block the thread.
 *
 * @packageDocumentation
 */
export type { PathLike } from "./call.ts";
export { loadNative } from "./ffi.ts";
export { fsMagic, FsMagic, syncfs } from "./file-system.ts";
export {
  fsconfig,
  fsconfigCreate,
  FsContextFlag,
  fsmount,
  fsopen,
  MountAttribute,
  moveMount,
  openTree,
} from "./fs-context.ts";
export { flock, lockFile, LockOperation } from "./lock.ts";
export {
  isMountPoint,
  mountInfo,
  mountsAt,
  parseMountInfo,
  realMountPoint,
  type MountInfo,
} from "./mount-info.ts";
export {
  mount,
  mountAsync,
  MountFlag,
  umount,
  umountAsync,
  UnmountFlag,
  type MountRequest,
} from "./mount.ts";
export { FileType, majorOf, makeDevice, minorOf, mkfifo, mknod } from "./nodes.ts";
export { fdOf, peerCredentials, type PeerCredentials } from "./peer.ts";
export { duplicate, pipe, type Pipe } from "./pipe.ts";
export {
  decodeStatus,
  exitCodeOf,
  kill,
  pidfdOpen,
  pidfdSendSignal,
  setChildSubreaper,
  signalNumber,
  waitpid,
  type ExitStatus,
} from "./process.ts";
export { waitForExit } from "./reaper.ts";
export { spawn, type SpawnedProcess, type SpawnOptions, type SpawnStdio } from "./spawn.ts";
export { isSystemError, systemError, type SystemError, type SystemErrorDetail } from "./system-error.ts";
export { CloneFlag, ownUmask, setns, unshare } from "./thread-state.ts";
export { futimens, lutimens, type FileTime } from "./times.ts";
export { lgetxattr, llistxattr, lremovexattr, lsetxattr, XattrFlag } from "./xattr.ts";
