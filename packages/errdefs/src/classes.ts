import { DavitError, type DavitErrorOptions } from "./errors.ts";

/** What no other kind says. Its text is `what`, and nothing is added. */
export class UnknownError extends DavitError {
  constructor(what: string, options?: DavitErrorOptions) {
    super("Unknown", what, options);
  }
}

/** The argument is wrong whatever the state of the system. */
export class InvalidArgumentError extends DavitError {
  constructor(what: string, options?: DavitErrorOptions) {
    super("InvalidArgument", what, options);
  }
}

/** What was asked for does not exist. */
export class NotFoundError extends DavitError {
  constructor(what: string, options?: DavitErrorOptions) {
    super("NotFound", what, options);
  }
}

/** What was to be created exists. */
export class AlreadyExistsError extends DavitError {
  constructor(what: string, options?: DavitErrorOptions) {
    super("AlreadyExists", what, options);
  }
}

/** The caller may not do this. */
export class PermissionDeniedError extends DavitError {
  constructor(what: string, options?: DavitErrorOptions) {
    super("PermissionDenied", what, options);
  }
}

/** A limit is reached: a quota, a size, space on a disk. */
export class ResourceExhaustedError extends DavitError {
  constructor(what: string, options?: DavitErrorOptions) {
    super("ResourceExhausted", what, options);
  }
}

/** The system is not in the state that the call needs. */
export class FailedPreconditionError extends DavitError {
  constructor(what: string, options?: DavitErrorOptions) {
    super("FailedPrecondition", what, options);
  }
}

/** The call contradicts what another is doing or has done. */
export class ConflictError extends DavitError {
  constructor(what: string, options?: DavitErrorOptions) {
    super("Conflict", what, options);
  }
}

/** What was asked for is as the caller knows it. */
export class NotModifiedError extends DavitError {
  constructor(what: string, options?: DavitErrorOptions) {
    super("NotModified", what, options);
  }
}

/** The call was given up half-way; it may be tried again as a whole. */
export class AbortedError extends DavitError {
  constructor(what: string, options?: DavitErrorOptions) {
    super("Aborted", what, options);
  }
}

/** An offset or a number lies outside what exists. */
export class OutOfRangeError extends DavitError {
  constructor(what: string, options?: DavitErrorOptions) {
    super("OutOfRange", what, options);
  }
}

/** This is not offered here. */
export class NotImplementedError extends DavitError {
  constructor(what: string, options?: DavitErrorOptions) {
    super("NotImplemented", what, options);
  }
}

/** An invariant does not hold: a bug, ours or a program's beneath. */
export class InternalError extends DavitError {
  constructor(what: string, options?: DavitErrorOptions) {
    super("Internal", what, options);
  }
}

/** Not now: try again later. */
export class UnavailableError extends DavitError {
  constructor(what: string, options?: DavitErrorOptions) {
    super("Unavailable", what, options);
  }
}

/** Data are lost or damaged beyond repair. */
export class DataLossError extends DavitError {
  constructor(what: string, options?: DavitErrorOptions) {
    super("DataLoss", what, options);
  }
}

/** The caller did not prove who it is. */
export class UnauthenticatedError extends DavitError {
  constructor(what: string, options?: DavitErrorOptions) {
    super("Unauthenticated", what, options);
  }
}

/** The caller gave the call up. */
export class CanceledError extends DavitError {
  constructor(what: string, options?: DavitErrorOptions) {
    super("Canceled", what, options);
  }
}

/** The time of the call has run out. */
export class DeadlineExceededError extends DavitError {
  constructor(what: string, options?: DavitErrorOptions) {
    super("DeadlineExceeded", what, options);
  }
}
