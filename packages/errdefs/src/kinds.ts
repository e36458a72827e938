/** What is fixed for a kind: its text, its gRPC (and ttrpc) code, its HTTP status. */
interface KindFacts {
  readonly text: string;
  readonly code: number;
  readonly http: number;
}

/** A class of error: containerd's sixteen, and the two that end a call from outside. */
export type ErrorKind =
  | "Unknown"
  | "InvalidArgument"
  | "NotFound"
  | "AlreadyExists"
  | "PermissionDenied"
  | "ResourceExhausted"
  | "FailedPrecondition"
  | "Conflict"
  | "NotModified"
  | "Aborted"
  | "OutOfRange"
  | "NotImplemented"
  | "Internal"
  | "Unavailable"
  | "DataLoss"
  | "Unauthenticated"
  | "Canceled"
  | "DeadlineExceeded";

/** The one table of kinds. Texts and codes are containerd's (errdefs errors.go, errgrpc), statuses errhttp's. */
const table: Readonly<Record<ErrorKind, KindFacts>> = {
  Unknown: { text: "unknown", code: 2, http: 500 },
  InvalidArgument: { text: "invalid argument", code: 3, http: 400 },
  NotFound: { text: "not found", code: 5, http: 404 },
  AlreadyExists: { text: "already exists", code: 6, http: 409 },
  PermissionDenied: { text: "permission denied", code: 7, http: 403 },
  ResourceExhausted: { text: "resource exhausted", code: 8, http: 429 },
  FailedPrecondition: { text: "failed precondition", code: 9, http: 412 },
  Conflict: { text: "conflict", code: 9, http: 409 },
  NotModified: { text: "not modified", code: 9, http: 304 },
  Aborted: { text: "aborted", code: 10, http: 409 },
  OutOfRange: { text: "out of range", code: 11, http: 416 },
  NotImplemented: { text: "not implemented", code: 12, http: 501 },
  Internal: { text: "internal", code: 13, http: 500 },
  Unavailable: { text: "unavailable", code: 14, http: 503 },
  DataLoss: { text: "data loss", code: 15, http: 500 },
  Unauthenticated: { text: "unauthenticated", code: 16, http: 401 },
  Canceled: { text: "context canceled", code: 1, http: 499 },
  DeadlineExceeded: { text: "context deadline exceeded", code: 4, http: 504 },
};

/** Every kind, in the order of the table. */
export const errorKinds: readonly ErrorKind[] = Object.keys(table) as ErrorKind[];

/** The text that stands last in a message of this kind, such as `not found`. */
export const kindText = (kind: ErrorKind): string => table[kind].text;

/** The gRPC and ttrpc status code of a kind. */
export const kindToCode = (kind: ErrorKind): number => table[kind].code;

/** The HTTP status of a kind. */
export const kindToHttp = (kind: ErrorKind): number => table[kind].http;

/**
 * The kind of a gRPC or ttrpc status code; a code outside 1–16 is Unknown.
 * Code 9 is FailedPrecondition here: Conflict and NotModified are told apart by the message (`fromStatus`).
 */
export function codeToKind(code: number): ErrorKind {
  return errorKinds.find((kind) => table[kind].code === code) ?? "Unknown";
}

/** The kind of an HTTP status, or undefined when none is meant by it. 409 is Conflict, 500 Internal. */
export function httpToKind(status: number): ErrorKind | undefined {
  if (status === 409) return "Conflict";
  if (status === 500) return "Internal";
  return errorKinds.find((kind) => table[kind].http === status);
}
