import { CanceledError, FailedPreconditionError } from "@davit/errdefs";

interface Item<T> {
  readonly message: T;
  readonly taken: PromiseWithResolvers<void>;
}

/**
 * Messages on their way out, one after the other: between those who send and the transport that takes them when it has room.
 * A message counts as sent when the transport asks for the next.
 */
export class Outbox<T> implements AsyncIterableIterator<T, undefined> {
  readonly #waiting: Item<T>[] = [];
  #inFlight: Item<T> | undefined;
  #ended = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  /** @throws FailedPreconditionError after {@link Outbox.end}; the error of {@link Outbox.fail}. */
  send(message: T): Promise<void> {
    if (this.#ended) return Promise.reject(new FailedPreconditionError("the stream is closed"));
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const taken = Promise.withResolvers<void>();
    this.#waiting.push({ message, taken });
    this.#wake?.();
    return taken.promise;
  }

  /** No more will be sent; what waits still goes out. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** Nothing goes out any more; what waits, or is sent later, is rejected with the error. The first one stays. */
  fail(error: Error): void {
    this.#failure ??= error;
    const left = this.#waiting.splice(0);
    if (this.#inFlight !== undefined) left.unshift(this.#inFlight);
    this.#inFlight = undefined;
    for (const { taken } of left) taken.reject(this.#failure);
    this.#wake?.();
  }

  /** For the transport: the message before has been written. */
  async next(): Promise<IteratorResult<T, undefined>> {
    this.#inFlight?.taken.resolve();
    this.#inFlight = undefined;
    while (this.#waiting.length === 0 && !this.#ended && this.#failure === undefined)
      await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#inFlight = this.#waiting.shift();
    if (this.#inFlight === undefined) return { done: true, value: undefined };
    return { done: false, value: this.#inFlight.message };
  }

  /** For the transport: it takes no more. */
  return(): Promise<IteratorResult<T, undefined>> {
    this.fail(new CanceledError("the other end has gone"));
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
