import { DavitError, errnoOf, kindOf, type ErrorKind } from "@davit/errdefs";

/** What the kernel's refusals mean to the one whose layer it is. */
const KINDS: Readonly<Record<string, ErrorKind>> = {
  ENOSPC: "ResourceExhausted",
  EDQUOT: "ResourceExhausted",
  EMFILE: "ResourceExhausted",
  ENFILE: "ResourceExhausted",
  ENOMEM: "ResourceExhausted",
  EFBIG: "ResourceExhausted",
  EMLINK: "ResourceExhausted",
  EPERM: "PermissionDenied",
  EACCES: "PermissionDenied",
  EROFS: "FailedPrecondition",
  ENOENT: "NotFound",
  ENAMETOOLONG: "InvalidArgument",
  ELOOP: "InvalidArgument",
  EINVAL: "InvalidArgument",
  ENOTDIR: "InvalidArgument",
  EIO: "DataLoss",
};

/** Says where in the archive `error` happened, and classifies it when it is one of the kernel's. */
export function memberError(where: string, error: unknown): Error {
  const kind = kindOf(error);
  const code = errnoOf(error) ?? "";
  if (kind !== "Unknown")
    return kind === "Canceled" ? (error as Error) : new DavitError(kind, where, { cause: error });
  return new DavitError(KINDS[code] ?? "Internal", where, { cause: error });
}
