import { isErrno, ResourceExhaustedError } from "@davit/errdefs";

/**
 * An error of the file system with what was being done in front. One that says that the disk (or a quota) is full is
 * ResourceExhausted: the call may succeed once there is space.
 */
export function diskError(what: string, cause: unknown): Error {
  if (isErrno(cause, "ENOSPC", "EDQUOT")) return new ResourceExhaustedError(what, { cause });
  return new Error(what, { cause });
}
