import { kindText, type ErrorKind } from "./kinds.ts";

/** The mark of a classified error: shared by every installed copy of this package, unlike `instanceof`. */
const brand = Symbol.for("@davit/errdefs");

/** A detail of a gRPC status: a `google.protobuf.Any`, kept undecoded. */
export interface StatusDetail {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

/** How a `DavitError` is built. */
export interface DavitErrorOptions {
  /** What went wrong beneath; its text follows on the wire. */
  readonly cause?: unknown;
  /** The message on the wire is `what` alone: neither the kind's text nor that of a cause follows. */
  readonly bare?: boolean;
  /** Details that travel in the status beside the message. */
  readonly details?: readonly StatusDetail[];
}

/**
 * An error that tells its caller what may be done. `what` names the thing (`content sha256:…`); the kind's text is
 * added to `message`. Of kind Unknown nothing is added, so that a text passes through a proxy unchanged.
 */
export class DavitError extends Error {
  readonly what: string;
  readonly bare: boolean;
  readonly details?: readonly StatusDetail[];

  constructor(kind: ErrorKind, what: string, options: DavitErrorOptions = {}) {
    const bare = options.bare ?? false;
    super(bare ? what : endWithKind(what, kind), "cause" in options ? { cause: options.cause } : undefined);
    // Not enumerable, as in the built-in errors: what prints an error shows neither.
    Object.defineProperty(this, "name", { value: `${kind}Error`, configurable: true, writable: true });
    Object.defineProperty(this, brand, { value: kind });
    this.what = what;
    this.bare = bare;
    if (options.details !== undefined) this.details = options.details;
  }
}

/** The kind that a classified error of this or another installed copy carries, or undefined. */
export function brandOf(err: unknown): ErrorKind | undefined {
  return err instanceof Error ? (err as { [brand]?: ErrorKind })[brand] : undefined;
}

/** Whether a value is a classified error, of this or another installed copy of the package. */
export const isDavitError = (err: unknown): err is DavitError => brandOf(err) !== undefined;

/** Appends the text of `kind` unless `text` ends with it already. Unknown adds nothing. */
export function endWithKind(text: string, kind: ErrorKind): string {
  if (kind === "Unknown") return text;
  const rest = withoutKind(text, kind);
  return rest === "" ? kindText(kind) : `${rest}: ${kindText(kind)}`;
}

/** Takes the text of `kind` off the end of `text`; a text that is nothing else becomes empty. */
export function withoutKind(text: string, kind: ErrorKind): string {
  const suffix = kindText(kind);
  if (text === suffix) return "";
  return text.endsWith(`: ${suffix}`) ? text.slice(0, -suffix.length - 2) : text;
}
