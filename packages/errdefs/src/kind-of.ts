import { brandOf, isDavitError } from "./errors.ts";
import type { ErrorKind } from "./kinds.ts";

/** Chains longer than this are cut: nobody reads them, and a chain may be a ring. */
const MAX_DEPTH = 64;

/**
 * The error beneath: `cause`, or what a failed disposal pushed aside (`SuppressedError.suppressed`), since the call
 * failed of that.
 */
export function causeOf(err: unknown): unknown {
  if (!(err instanceof Error)) return undefined;
  return err.cause ?? (err.name === "SuppressedError" ? (err as SuppressedError).suppressed : undefined);
}

/** The kind an error has by itself, without looking at its causes. */
export function ownKind(err: unknown): ErrorKind | undefined {
  if (!(err instanceof Error)) return undefined;
  if (isDavitError(err)) return brandOf(err);
  if (err.name === "TimeoutError") return "DeadlineExceeded";
  return err.name === "AbortError" ? "Canceled" : undefined;
}

/** The outermost classified error in the chain of causes, or undefined. */
export function classified(err: unknown): Error | undefined {
  let aborted: Error | undefined;
  for (let e = err, depth = 0; e instanceof Error && depth < MAX_DEPTH; e = causeOf(e), depth++) {
    const kind = ownKind(e);
    // Node wraps the reason of a signal in an AbortError: the reason (a time-out, a shutdown) says more.
    if (kind === "Canceled" && !isDavitError(e)) aborted ??= e;
    else if (kind !== undefined) return e;
  }
  return aborted;
}

/**
 * The kind of the outermost classified error in the chain of causes; `AbortError` is Canceled, `TimeoutError` is
 * DeadlineExceeded (an `AbortError` with a classified cause takes the kind of that cause), everything else Unknown.
 */
export const kindOf = (err: unknown): ErrorKind => ownKind(classified(err)) ?? "Unknown";

/** Whether the kind of `err` is one of `kinds`. */
export const isKind = (err: unknown, ...kinds: readonly ErrorKind[]): boolean => kinds.includes(kindOf(err));
