import type { ClientDuplexStream, ClientReadableStream } from "@grpc/grpc-js";
import { callError, onAbort, type ClientCallOptions } from "./client-call.ts";

/** Messages that wait here for the consumer before the server is told to wait. */
const QUEUE_LENGTH = 16;

/**
 * The responses of a streaming call. It listens to the events of grpc-js: its own async iterator was seen to hang after a
 * half-close. The call is under way already; ending the iteration cancels it.
 */
export class ResponseStream<T> implements AsyncIterableIterator<T>, AsyncDisposable {
  readonly #call: ClientReadableStream<T> | ClientDuplexStream<unknown, T>;
  readonly #queue: T[] = [];
  #ended = false;
  #error: unknown;
  #wake: (() => void) | undefined;

  constructor(
    call: ClientReadableStream<T> | ClientDuplexStream<unknown, T>,
    options: ClientCallOptions,
    /** Called once, when the call is over. */
    onEnd: () => void = () => {},
  ) {
    this.#call = call;
    const off = onAbort(options.signal, () => call.cancel());
    call.on("data", (message: T) => {
      this.#queue.push(message);
      if (this.#queue.length >= QUEUE_LENGTH) call.pause();
      this.#wake?.();
    });
    call.on("error", (err: Error) => {
      // Messages from before the error may wait in the stream: it ends after them.
      this.#error ??= callError(err, options);
      call.resume();
    });
    call.on("end", () => {
      this.#ended = true;
      off();
      onEnd();
      this.#wake?.();
    });
  }

  /** @throws the error of the call, after the messages before it. */
  async next(): Promise<IteratorResult<T, undefined>> {
    while (this.#queue.length === 0 && !this.#ended)
      await new Promise<void>((resolve) => (this.#wake = resolve));
    if (this.#queue.length > 0) {
      const value = this.#queue.shift() as T;
      if (this.#queue.length < QUEUE_LENGTH) this.#call.resume();
      return { done: false, value };
    }
    const error = this.#error;
    this.#error = undefined;
    if (error !== undefined) throw error;
    return { done: true, value: undefined };
  }

  /** Ends the iteration and cancels the call. */
  return(): Promise<IteratorResult<T, undefined>> {
    if (!this.#ended) this.#call.cancel();
    this.#call.resume();
    this.#ended = true;
    this.#queue.length = 0;
    this.#error = undefined;
    this.#wake?.();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Makes the call fail with `error`. */
  fail(error: unknown): void {
    if (this.#ended) return;
    this.#error ??= error;
    this.#call.cancel();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
