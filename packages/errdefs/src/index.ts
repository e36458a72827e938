/**
 * The sixteen kinds of error of containerd, with chains of causes and their status codes. Branch on the kind
 * (`isNotFound(err)`), never on the class or the message. @packageDocumentation
 */
export * from "./classes.ts";
export { DavitError, isDavitError, type DavitErrorOptions, type StatusDetail } from "./errors.ts";
export { errnoOf, isErrno } from "./errno.ts";
export { fromHttpStatus, toHttpStatus, UnexpectedStatusError } from "./http.ts";
export { isKind, kindOf } from "./kind-of.ts";
export {
  codeToKind,
  errorKinds,
  httpToKind,
  kindText,
  kindToCode,
  kindToHttp,
  type ErrorKind,
} from "./kinds.ts";
export * from "./predicates.ts";
export { quote } from "./quote.ts";
export { detailsOf, fromStatus, toStatus, type Status } from "./status.ts";
export { wireMessage } from "./wire-message.ts";
