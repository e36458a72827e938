/** Messages on their way to a streaming call: pushed on one side, iterated on the other, once. */
export class Outbox<T> implements AsyncIterable<T> {
  readonly #waiting: T[] = [];
  #ended = false;
  #wake: (() => void) | undefined;

  /** Adds a message; after `end` it is dropped. */
  push(message: T): void {
    if (!this.#ended) this.#waiting.push(message);
    this.#wake?.();
  }

  /** Lets the iteration end after what was pushed. Idempotent. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const message = this.#waiting.shift();
      if (message !== undefined) yield message;
      else if (this.#ended) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
