import { endWithKind, isDavitError, withoutKind } from "./errors.ts";
import { causeOf, classified, ownKind } from "./kind-of.ts";
import { kindText, type ErrorKind } from "./kinds.ts";

/** As in `kind-of.ts`: a chain may be a ring. */
const MAX_DEPTH = 64;

/**
 * The message of an error as it is sent: the chain of causes joined by `: `, the kind's own text last and once, which
 * is Go's form (`failed to foo: x: not found`). The text of an inner kind that differs from the outer one stays.
 * A text that already ends with that of its cause is not repeated.
 */
export const wireMessage = (err: unknown): string => textOf(err, 0);

function textOf(err: unknown, depth: number): string {
  if (!(err instanceof Error)) return nonError(err);
  const kind = ownKind(err);
  if (kind !== undefined && isDavitError(err))
    // A copy of another version may lack `what` and `bare`; its message then says both.
    return err.bare ? err.what : endWithKind(join(err.what ?? err.message, below(err, depth, kind)), kind);
  // The reason of an abort stands for the abort itself, as in `kindOf`.
  if (kind !== undefined) return classified(err) === err ? kindText(kind) : below(err, depth);
  if (err.name === "SuppressedError") return below(err, depth) || err.message;
  return join(ownText(err), below(err, depth)) || err.name;
}

/** The text of the cause; without its kind's text where `outer` will be said after it. */
function below(err: Error, depth: number, outer?: ErrorKind): string {
  const cause = causeOf(err);
  if (cause === undefined || cause === null || depth >= MAX_DEPTH) return "";
  const text = textOf(cause, depth + 1);
  return outer === undefined ? text : withoutKind(text, outer);
}

function join(own: string, cause: string): string {
  if (own === "" || cause === "") return own || cause;
  if (own === cause || own.endsWith(`: ${cause}`)) return own;
  return `${own}: ${cause}`;
}

function ownText(err: Error): string {
  if (!(err instanceof AggregateError)) return err.message;
  return join(err.message, err.errors.map((each) => textOf(each, MAX_DEPTH)).join("; "));
}

function nonError(err: unknown): string {
  if (typeof err === "string") return err;
  if (typeof err === "object" && err !== null && "message" in err) return String(err.message);
  return String(err);
}
