import { DavitError, type DavitErrorOptions } from "./errors.ts";
import { classified, kindOf } from "./kind-of.ts";
import { httpToKind, kindToHttp } from "./kinds.ts";

/** An HTTP status that stands for no kind. Kind Unknown; its text ends with `unexpected status N`. */
export class UnexpectedStatusError extends DavitError {
  /** The HTTP status, 200–599. */
  readonly status: number;

  constructor(what: string, status: number, options?: DavitErrorOptions) {
    super(
      "Unknown",
      what === "" ? `unexpected status ${status}` : `${what}: unexpected status ${status}`,
      options,
    );
    this.status = status;
  }
}

/** Splits a text that ends with `unexpected status [code] N`, as Go's clients do; undefined for any other. */
export function unexpectedStatusOf(text: string): { what: string; status: number } | undefined {
  const found = /(?:^|: )unexpected status (?:code )?([2-5]\d\d)$/.exec(text);
  return found === null ? undefined : { what: text.slice(0, found.index), status: Number(found[1]) };
}

/** The HTTP status for an error: that of an `UnexpectedStatusError`, else that of its kind. */
export function toHttpStatus(err: unknown): number {
  const source = classified(err);
  return source instanceof UnexpectedStatusError ? source.status : kindToHttp(kindOf(err));
}

/** The error for an HTTP status; one that means no kind becomes an `UnexpectedStatusError`. */
export function fromHttpStatus(status: number, what: string, options?: DavitErrorOptions): DavitError {
  const kind = httpToKind(status);
  return kind === undefined
    ? new UnexpectedStatusError(what, status, options)
    : new DavitError(kind, what, options);
}
