import { Limiter } from "./limiter.ts";

/** A lock for each key, held by one at a time (containerd internal/kmutex). */
export class KeyLocks {
  readonly #locks = new Map<string, { readonly limiter: Limiter; users: number }>();

  /** Waits for the lock of `key`; disposing what it gives unlocks. @throws the signal's reason. */
  async acquire(key: string, signal?: AbortSignal): Promise<Disposable> {
    const lock = this.#locks.get(key) ?? { limiter: new Limiter(1), users: 0 };
    this.#locks.set(key, lock);
    lock.users++;
    let isUser = true;
    const leave = (): void => {
      if (isUser && --lock.users === 0) this.#locks.delete(key);
      isUser = false;
    };
    try {
      const held = await lock.limiter.acquire(signal);
      return {
        [Symbol.dispose]: () => {
          held[Symbol.dispose]();
          leave();
        },
      };
    } catch (err) {
      leave();
      throw err;
    }
  }
}
