import { Worker } from "node:worker_threads";

/** The thread ends when nothing was asked for so long. */
const IDLE_MS = 10_000;

/** What the thread answers: a result, or what went wrong, with the `code` that an error loses when it is cloned. */
export type Answer<R> = { readonly result: R } | { readonly error: unknown; readonly code?: unknown };

/**
 * Work on a thread of its own, a request at a time: for walking trees of many files. The thread starts with the first
 * request and ends when idle. Its module answers with {@link serveRequests} of `./serve.ts`.
 */
export class OffThread<Q, R> implements AsyncDisposable {
  readonly #module: URL;
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #tail: Promise<unknown> = Promise.resolve();

  /** @param module the thread's own module, beside the one that asks. */
  constructor(module: URL) {
    this.#module = module;
  }

  /** @throws what the thread threw, or that it ended. */
  ask(request: Q): Promise<R> {
    const result = this.#tail.then(() => this.#send(request));
    this.#tail = result.catch(() => undefined);
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tail;
    clearTimeout(this.#idle);
    await this.#worker?.terminate();
    this.#worker = undefined;
  }

  #send(request: Q): Promise<R> {
    clearTimeout(this.#idle);
    // No flags of the main thread's: some, such as --input-type, do not go with a file.
    const worker = (this.#worker ??= new Worker(this.#module, { execArgv: [] }));
    worker.ref();
    return new Promise<R>((resolve, reject) => {
      const settle = (answer: Answer<R>) => {
        worker.off("message", settle).off("error", crashed).off("exit", ended);
        worker.unref();
        this.#idle = setTimeout(() => this.#end(worker), IDLE_MS).unref();
        if ("result" in answer) resolve(answer.result);
        else reject(withCode(answer.error, answer.code));
      };
      const crashed = (error: Error) => {
        if (this.#worker === worker) this.#worker = undefined;
        settle({ error });
      };
      const ended = (code: number) =>
        crashed(new Error(`the thread of ${this.#module.pathname} ended with code ${code}`));
      worker.on("message", settle).on("error", crashed).on("exit", ended);
      worker.postMessage(request);
    });
  }

  #end(worker: Worker): void {
    if (this.#worker === worker) this.#worker = undefined;
    void worker.terminate();
  }
}

function withCode(error: unknown, code: unknown): unknown {
  return error instanceof Error && typeof code === "string" ? Object.assign(error, { code }) : error;
}
