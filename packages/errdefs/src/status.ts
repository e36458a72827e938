import { DavitError, isDavitError, withoutKind, type StatusDetail } from "./errors.ts";
import { unexpectedStatusOf, UnexpectedStatusError } from "./http.ts";
import { classified, kindOf } from "./kind-of.ts";
import { codeToKind, kindText, kindToCode, type ErrorKind } from "./kinds.ts";
import { wireMessage } from "./wire-message.ts";

/** A gRPC or ttrpc status: `google.rpc.Status`. */
export interface Status {
  readonly code: number;
  readonly message: string;
  readonly details?: readonly StatusDetail[];
}

/** What is sent for an error: the code of its kind, its wire message, and the details of its classified error. */
export function toStatus(err: unknown): Status {
  const source = classified(err);
  const status = { code: kindToCode(kindOf(err)), message: wireMessage(err) };
  return isDavitError(source) && source.details !== undefined
    ? { ...status, details: source.details }
    : status;
}

/**
 * The error that a status stands for, as Go's clients read it (containerd errdefs, errgrpc): the kind's text is taken
 * off the message and added again, and where the message lacks it the error is bare, so that `toStatus` sends what was
 * received; Conflict and NotModified are known by how the message of code 9 ends; a message of
 * code 2 that ends with `unexpected status code N` is an `UnexpectedStatusError`.
 */
export function fromStatus({ code, message, details }: Status): DavitError {
  const options = details !== undefined && details.length > 0 ? { details } : {};
  const kind = code === kindToCode("FailedPrecondition") ? preconditionKind(message) : codeToKind(code);
  if (kind === "Unknown") {
    const unexpected = unexpectedStatusOf(message);
    if (unexpected !== undefined)
      return new UnexpectedStatusError(unexpected.what, unexpected.status, options);
  }
  const what = withoutKind(message, kind);
  return new DavitError(kind, what, { ...options, bare: what === message && message !== "" });
}

function preconditionKind(message: string): ErrorKind {
  const ends = (kind: ErrorKind): boolean =>
    message === kindText(kind) || message.endsWith(`: ${kindText(kind)}`);
  if (ends("Conflict")) return "Conflict";
  return ends("NotModified") ? "NotModified" : "FailedPrecondition";
}

/** The details of the classified error in the chain, empty when there are none. */
export function detailsOf(err: unknown): readonly StatusDetail[] {
  const source = classified(err);
  return isDavitError(source) ? (source.details ?? []) : [];
}
