import { isMainThread } from "node:worker_threads";
import { check } from "./call.ts";
import { native } from "./ffi.ts";

/** Flags of unshare(2) and setns(2). */
export const CloneFlag = {
  CLONE_NEWTIME: 0x80,
  CLONE_FS: 0x200,
  CLONE_FILES: 0x400,
  CLONE_NEWNS: 0x20000,
  CLONE_NEWCGROUP: 0x2000000,
  CLONE_NEWUTS: 0x4000000,
  CLONE_NEWIPC: 0x8000000,
  CLONE_NEWUSER: 0x10000000,
  CLONE_NEWPID: 0x20000000,
  CLONE_NEWNET: 0x40000000,
} as const;

const unshareNative = native("unshare", "int", ["int"]);
const setnsNative = native("setns", "int", ["int", "int"]);
const umaskNative = native("umask", "uint", ["uint"]);

/** Detaches the calling thread from what it shares with the process. @param flags bits of `CloneFlag`. @throws SystemError */
export function unshare(flags: number): void {
  check({ call: "unshare" }, unshareNative, flags);
}

/** Moves the calling thread into a namespace. @param flags the kind `fd` must be, or 0 for any. @throws SystemError */
export function setns(fd: number, flags = 0): void {
  check({ call: "setns" }, setnsNative, fd, flags);
}

/**
 * Gives a worker thread its own umask, working directory and root, and sets that umask.
 * The kernel keeps them per process unless the thread unshares them, and Node refuses `process.umask` in a worker:
 * without this, modes of the files a worker makes depend on the daemon's umask. Holds for synchronous `fs` calls,
 * which run on the worker itself; asynchronous ones run on pool threads with the process's umask.
 *
 * @returns the umask before.
 * @throws Error on the main thread, whose pool threads would be left with another umask than its own.
 */
export function ownUmask(mask: number): number {
  if (isMainThread) throw new Error("ownUmask is for worker threads: on the main thread use process.umask");
  unshare(CloneFlag.CLONE_FS);
  return umaskNative(mask);
}
