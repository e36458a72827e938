/** Tasks that belong together: when one fails the others are told to stop, and nobody leaves before all have ended. */
export class TaskGroup {
  readonly #outer: AbortSignal;
  readonly #abort = new AbortController();
  readonly #tasks = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;
  /** Aborted when the caller's signal is, or a task has failed. */
  readonly signal: AbortSignal;

  constructor(outer: AbortSignal) {
    this.#outer = outer;
    this.signal = AbortSignal.any([outer, this.#abort.signal]);
  }

  /** Starts a task, which looks at the signal itself. What is returned may be left alone: {@link TaskGroup.wait} tells of its failure. */
  go<T>(task: () => Promise<T>): Promise<T> {
    const running = (async () => await task())();
    const ended = running.then(
      () => {},
      (error: unknown) => this.#fail(error),
    );
    this.#tasks.add(ended);
    void ended.then(() => this.#tasks.delete(ended));
    return running;
  }

  /** Waits until no task is left. @throws the reason of the caller's abort, or what failed first. */
  async wait(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
    this.#outer.throwIfAborted();
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = { error };
    this.#abort.abort(error);
  }
}
