/** The wait of a set for a plugin that has said, during its `init`, that it becomes ready later. */
export class Readiness {
  readonly #settled = Promise.withResolvers<void>();
  #pending = 0;
  #registered = false;

  constructor() {
    this.#settled.promise.catch(() => {}); // Told to those who wait; no one has to.
  }

  /** Whether the plugin has ever asked to be waited for. */
  get registered(): boolean {
    return this.#registered;
  }

  /** Asks for one more call; all of them make the plugin ready. */
  register(): () => void {
    this.#registered = true;
    this.#pending++;
    let called = false;
    return () => {
      if (called) return;
      called = true;
      if (--this.#pending === 0) this.#settled.resolve();
    };
  }

  /** Ends the wait without the plugin. */
  end(error?: unknown): void {
    if (error === undefined) this.#settled.resolve();
    else this.#settled.reject(error);
  }

  async wait(): Promise<void> {
    if (this.#registered) await this.#settled.promise;
  }
}
