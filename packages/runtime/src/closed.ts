import { UnknownError } from "@davit/errdefs";

const brand: unique symbol = Symbol.for("@davit/runtime.closed") as typeof brand; // shared by every installed copy

/**
 * The error of a call on a shim that is gone: Unknown `ttrpc: closed`, the text that Go's clients know, whatever the protocol.
 * `cause` is what the transport said.
 */
export function shimClosedError(cause?: unknown): Error {
  const error = new UnknownError("ttrpc: closed", { bare: true, cause });
  Object.defineProperty(error, brand, { value: true });
  return error;
}

/** Whether a call failed because the connection to the shim is closed. Causes are searched. */
export function isShimClosed(error: unknown): boolean {
  for (let e = error, depth = 0; e instanceof Error && depth < 64; e = e.cause, depth++)
    if (brand in e) return true;
  return false;
}
