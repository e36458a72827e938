/**
 * Locks by key, in order of arrival: held over the work of a backend and the record of it, while the writer of the
 * database serves others.
 */
export class KeyLocks {
  /** By key, who waits behind its holder; a key that is not there is free. */
  readonly #waiting = new Map<string, (() => void)[]>();

  /**
   * Waits for all of `keys`, always in the same order, so that no two callers wait for each other.
   * @throws the signal's reason; then none is held.
   */
  async acquire(keys: readonly string[], signal?: AbortSignal): Promise<Disposable> {
    using held = new DisposableStack();
    for (const key of [...new Set(keys)].sort()) held.use(await this.#acquireOne(key, signal));
    return held.move();
  }

  /** Whether somebody holds the key. */
  isHeld(key: string): boolean {
    return this.#waiting.has(key);
  }

  async #acquireOne(key: string, signal: AbortSignal | undefined): Promise<Disposable> {
    signal?.throwIfAborted();
    const queue = this.#waiting.get(key);
    if (queue === undefined) this.#waiting.set(key, []);
    else await waitIn(queue, signal);
    return { [Symbol.dispose]: () => this.#release(key) };
  }

  #release(key: string): void {
    const next = this.#waiting.get(key)?.shift();
    if (next === undefined) this.#waiting.delete(key);
    else next();
  }
}

function waitIn(queue: (() => void)[], signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const turn = (): void => {
      signal?.removeEventListener("abort", leave);
      resolve();
    };
    const leave = (): void => {
      const index = queue.indexOf(turn);
      if (index < 0) return;
      queue.splice(index, 1);
      reject(signal?.reason as Error);
    };
    queue.push(turn);
    signal?.addEventListener("abort", leave, { once: true });
  });
}
