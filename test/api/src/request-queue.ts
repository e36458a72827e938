/** Requests of a stream, sent when they are pushed. */
export class RequestQueue<T> implements AsyncIterable<T> {
  readonly #queue: T[] = [];
  #ended = false;
  #wake: () => void = () => undefined;

  push(request: T): void {
    this.#queue.push(request);
    this.#wake();
  }

  /** Half-closes the stream. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const request = this.#queue.shift();
      if (request !== undefined) yield request;
      else if (this.#ended) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
