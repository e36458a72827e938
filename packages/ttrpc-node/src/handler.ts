import type { Socket } from "node:net";
import type { Metadata } from "./metadata.ts";
import type { PeerCredentials } from "./peer.ts";

/** What a handler knows of the call beside its messages. */
export interface HandlerContext {
  /**
   * Aborted when the caller's deadline passes (`TimeoutError`), and when the connection or the server is closed
   * (`AbortError`). ttrpc has no way to tell that a caller gave up.
   */
  readonly signal: AbortSignal;
  readonly metadata: Metadata;
  /** What the caller gave the call, in milliseconds, when it arrived; undefined when it set no deadline. */
  readonly timeoutMs: number | undefined;
  readonly service: string;
  readonly method: string;
  readonly socket: Socket;
  /** Who calls, where the server reads credentials. */
  readonly peer: PeerCredentials | undefined;
}

type Awaitable<T> = T | Promise<T>;
type Bytes = Uint8Array;

/** A method in bytes. Request bytes are views of what was received: copy to keep a small part. */
export type RawHandler =
  | { readonly kind: "unary"; handle(request: Bytes, context: HandlerContext): Awaitable<Bytes> }
  | {
      readonly kind: "server_streaming";
      handle(request: Bytes, context: HandlerContext): AsyncIterable<Bytes>;
    }
  | {
      readonly kind: "client_streaming";
      handle(requests: AsyncIterable<Bytes>, context: HandlerContext): Awaitable<Bytes>;
    }
  | {
      readonly kind: "bidi_streaming";
      handle(requests: AsyncIterable<Bytes>, context: HandlerContext): AsyncIterable<Bytes>;
    };

/** The methods of a service by their bare names, as `State`. */
export type RawService = Readonly<Record<string, RawHandler>>;
