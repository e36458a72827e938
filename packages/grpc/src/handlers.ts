import type { CallOptions } from "@davit/namespaces";
import type { EncodedMessage } from "@davit/server";

/** Answers a method with one request and one response. */
export type UnaryHandler<I, O> = (request: I, options: CallOptions) => Promise<O>;

/**
 * Answers a method with one request and a stream of responses. The next message is asked for when the transport has room;
 * when the client goes, the iteration is ended with `return()`, so that `finally` runs.
 */
export type ServerStreamHandler<I, O> = (
  request: I,
  options: CallOptions,
) => AsyncIterable<O | EncodedMessage>;

/**
 * Answers a method with a stream of requests and one response. The end of the requests must commit nothing: a client that
 * is killed may look like one that has finished. Act on what a message says.
 */
export type ClientStreamHandler<I, O> = (requests: AsyncIterable<I>, options: CallOptions) => Promise<O>;

/** Answers a method with streams both ways; for either end see {@link ClientStreamHandler} and {@link ServerStreamHandler}. */
export type BidiHandler<I, O> = (
  requests: AsyncIterable<I>,
  options: CallOptions,
) => AsyncIterable<O | EncodedMessage>;

/** Marks a handler as unary, for reader and compiler; `implement` refuses it for a method of another kind. */
export const unary = <I, O>(handler: UnaryHandler<I, O>): UnaryHandler<I, O> => handler;

/** Marks a handler as server-streaming. */
export const serverStream = <I, O>(handler: ServerStreamHandler<I, O>): ServerStreamHandler<I, O> => handler;

/** Marks a handler as client-streaming. */
export const clientStream = <I, O>(handler: ClientStreamHandler<I, O>): ClientStreamHandler<I, O> => handler;

/** Marks a handler as streaming both ways. */
export const bidi = <I, O>(handler: BidiHandler<I, O>): BidiHandler<I, O> => handler;

/**
 * A message that the handler has encoded itself: it goes out as it is, without a copy. The bytes are borrowed until the
 * generator that yielded them is resumed by `next()`, and may then be filled again. When it is ended by `return()`
 * instead (the client went), the bytes may still be in flight: drop them, do not put them back into a pool.
 */
export const encoded = (bytes: Uint8Array): EncodedMessage => ({ encoded: bytes });
