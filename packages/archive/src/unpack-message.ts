// What the pool and its workers say to each other.
import { DavitError, kindOf, wireMessage, type ErrorKind } from "@davit/errdefs";

/** From the pool: do this. */
export interface WorkerRequest<Request> {
  readonly request: Request;
  /** An Int32Array's buffer; 1 in its first element means "stop". A flag, for a busy worker reads no messages. */
  readonly cancelled: SharedArrayBuffer;
}

/** From a worker: how it goes, and one answer for each request. */
export type WorkerAnswer<Result, Progress> =
  | { readonly type: "progress"; readonly progress: Progress }
  | { readonly type: "done"; readonly result: Result }
  | { readonly type: "failed"; readonly error: WireError };

/** An error as it crosses threads: structured cloning would lose its kind. */
export interface WireError {
  readonly kind: ErrorKind;
  readonly message: string;
}

/** Takes an error apart. */
export const toWireError = (error: unknown): WireError => ({
  kind: kindOf(error),
  message: wireMessage(error),
});

/** Puts an error together again. */
export const fromWireError = ({ kind, message }: WireError): DavitError => new DavitError(kind, message);
