import { kindOf } from "./kind-of.ts";

/** Whether `kindOf(err)` is Unknown. */
export const isUnknown = (err: unknown): boolean => kindOf(err) === "Unknown";

/** Whether `kindOf(err)` is InvalidArgument. */
export const isInvalidArgument = (err: unknown): boolean => kindOf(err) === "InvalidArgument";

/** Whether `kindOf(err)` is NotFound. */
export const isNotFound = (err: unknown): boolean => kindOf(err) === "NotFound";

/** Whether `kindOf(err)` is AlreadyExists. */
export const isAlreadyExists = (err: unknown): boolean => kindOf(err) === "AlreadyExists";

/** Whether `kindOf(err)` is PermissionDenied. */
export const isPermissionDenied = (err: unknown): boolean => kindOf(err) === "PermissionDenied";

/** Whether `kindOf(err)` is ResourceExhausted. */
export const isResourceExhausted = (err: unknown): boolean => kindOf(err) === "ResourceExhausted";

/** Whether `kindOf(err)` is FailedPrecondition. */
export const isFailedPrecondition = (err: unknown): boolean => kindOf(err) === "FailedPrecondition";

/** Whether `kindOf(err)` is Conflict. */
export const isConflict = (err: unknown): boolean => kindOf(err) === "Conflict";

/** Whether `kindOf(err)` is NotModified. */
export const isNotModified = (err: unknown): boolean => kindOf(err) === "NotModified";

/** Whether `kindOf(err)` is Aborted. */
export const isAborted = (err: unknown): boolean => kindOf(err) === "Aborted";

/** Whether `kindOf(err)` is OutOfRange. */
export const isOutOfRange = (err: unknown): boolean => kindOf(err) === "OutOfRange";

/** Whether `kindOf(err)` is NotImplemented. */
export const isNotImplemented = (err: unknown): boolean => kindOf(err) === "NotImplemented";

/** Whether `kindOf(err)` is Internal. */
export const isInternal = (err: unknown): boolean => kindOf(err) === "Internal";

/** Whether `kindOf(err)` is Unavailable. */
export const isUnavailable = (err: unknown): boolean => kindOf(err) === "Unavailable";

/** Whether `kindOf(err)` is DataLoss. */
export const isDataLoss = (err: unknown): boolean => kindOf(err) === "DataLoss";

/** Whether `kindOf(err)` is Unauthenticated. */
export const isUnauthenticated = (err: unknown): boolean => kindOf(err) === "Unauthenticated";

/** Whether `kindOf(err)` is Canceled. */
export const isCanceled = (err: unknown): boolean => kindOf(err) === "Canceled";

/** Whether `kindOf(err)` is DeadlineExceeded. */
export const isDeadlineExceeded = (err: unknown): boolean => kindOf(err) === "DeadlineExceeded";
