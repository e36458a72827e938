/** So many items that were taken are left at the head of a queue before it is cut. */
const CUT = 1024;

/**
 * A queue without bounds that is read by iterating. Who fills it never waits; a reader that is slow costs memory, and
 * nobody else.
 */
export class Subscription<T> implements AsyncIterableIterator<T> {
  #items: T[] = [];
  #head = 0;
  readonly #readers: ((result: IteratorResult<T>) => void)[] = [];
  #ended = false;
  readonly #onEnd: () => void;

  /** `onEnd` is called once, when the subscription ends. */
  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  /** Appends an item; after the end it is dropped. */
  push(value: T): void {
    if (this.#ended) return;
    const reader = this.#readers.shift();
    if (reader === undefined) this.#items.push(value);
    else reader({ done: false, value });
  }

  /** Ends the iteration at once; what is queued is dropped. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#items = [];
    this.#head = 0;
    for (const reader of this.#readers.splice(0)) reader({ done: true, value: undefined });
    this.#onEnd();
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#head < this.#items.length) return Promise.resolve({ done: false, value: this.#take() });
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  #take(): T {
    const value = this.#items[this.#head++] as T;
    if (this.#head >= CUT && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return value;
  }

  return(): Promise<IteratorResult<T>> {
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
