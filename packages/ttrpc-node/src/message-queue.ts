/** Messages that arrive and are waited for: what a handler or a caller iterates over. */
export class MessageQueue implements AsyncIterableIterator<Uint8Array> {
  readonly #messages: Uint8Array[] = [];
  readonly #waiting: PromiseWithResolvers<IteratorResult<Uint8Array, undefined>>[] = [];
  readonly #onTake: (sizeBytes: number) => void;
  readonly #onReturn: () => void;
  #ended = false;
  #error: unknown;

  /** `onTake` is told the size of each message that leaves the queue, `onReturn` that the consumer wants no more. */
  constructor(onTake: (sizeBytes: number) => void, onReturn: () => void) {
    this.#onTake = onTake;
    this.#onReturn = onReturn;
  }

  /** Adds a message, and says whether the queue keeps it: false after the end, or when somebody waited for it. */
  push(message: Uint8Array): boolean {
    if (this.#ended) return false;
    const waiting = this.#waiting.shift();
    if (waiting) waiting.resolve({ done: false, value: message });
    else this.#messages.push(message);
    return !waiting;
  }

  /** No more messages, and after those in the queue `error`, if there is one. Only the first end counts. */
  end(error?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    if (this.#waiting.length === 0) return;
    const [first, ...others] = this.#waiting.splice(0);
    first?.resolve(this.#last());
    for (const other of others) other.resolve({ done: true, value: undefined });
  }

  /** Ends the queue and forgets what is in it. */
  discard(error?: unknown): void {
    for (const message of this.#messages.splice(0)) this.#onTake(message.length);
    this.end(error);
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const message = this.#messages.shift();
    if (message) {
      this.#onTake(message.length);
      return Promise.resolve({ done: false, value: message });
    }
    if (this.#ended) return this.#last();
    const waiting = Promise.withResolvers<IteratorResult<Uint8Array, undefined>>();
    this.#waiting.push(waiting);
    return waiting.promise;
  }

  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.discard();
    this.#onReturn();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The error once, and from then on the end. */
  #last(): Promise<IteratorResult<Uint8Array, undefined>> {
    const error = this.#error;
    this.#error = undefined;
    if (error === undefined) return Promise.resolve({ done: true, value: undefined });
    return Promise.reject(error);
  }
}
