import { closeSync, openSync } from "node:fs";
import { check } from "./call.ts";
import { native } from "./ffi.ts";

/** Operations of flock(2). */
export const LockOperation = { LOCK_SH: 1, LOCK_EX: 2, LOCK_NB: 4, LOCK_UN: 8 } as const;

const flockNative = native("flock", "int", ["int", "int"]);

/** Locks an open file, as a whole and advisory. Without `LOCK_NB` it blocks the thread. @throws SystemError (EAGAIN: held by another) */
export function flock(fd: number, operation: number): void {
  check({ call: "flock" }, flockNative, fd, operation);
}

/**
 * Takes the exclusive lock of the file `path`, made with mode 0600 when absent. The kernel lets go of it when the
 * process ends, however it ends; the file stays.
 *
 * @returns what releases it when disposed.
 * @throws SystemError (EAGAIN: another process, or this one, holds it)
 */
export function lockFile(path: string): Disposable {
  let fd: number | undefined = openSync(path, "a", 0o600);
  try {
    flock(fd, LockOperation.LOCK_EX | LockOperation.LOCK_NB);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  return {
    [Symbol.dispose]() {
      if (fd === undefined) return;
      closeSync(fd);
      fd = undefined;
    },
  };
}
