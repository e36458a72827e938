import { Worker } from "node:worker_threads";
import { InternalError } from "@davit/errdefs";
import type { HttpRequest } from "./http/message.ts";
import type { TransportSettings } from "./http/settings.ts";
import type { Answer, BlobTarget, Command, Outcome } from "./fetch/protocol.ts";

export interface FetchPoolOptions {
  /** The most threads; default 2. Each carries any number of jobs. */
  readonly threads?: number | undefined;
  /** Milliseconds that an idle thread is kept; default 10 s. It holds no process open. */
  readonly idleMs?: number | undefined;
}

/** While another thread starts, one that runs fetches about so much. */
const WORTH_A_THREAD_BYTES = 8 << 20;

/** A blob on its way, in one of the pool's threads. Closing it forgets what was hashed; the file is untouched. */
export interface FetchJob extends Disposable {
  /** Tries a request. On abort it still waits for the thread to let go of the file. @throws the signal's reason. */
  request(
    request: HttpRequest,
    settings: TransportSettings,
    signal: AbortSignal | undefined,
  ): Promise<Outcome>;
}

/** Threads that fetch blobs: started when there is work, ended when there has been none for a while. */
export class FetchPool implements AsyncDisposable {
  readonly #threads: number;
  readonly #idleMs: number;
  readonly #running = new Set<FetchThread>();

  constructor({ threads = 2, idleMs = 10_000 }: FetchPoolOptions = {}) {
    this.#threads = threads;
    this.#idleMs = idleMs;
  }

  /** Threads that run. */
  get size(): number {
    return this.#running.size;
  }

  /** Opens a job on the thread that has least to do. Another one is started only where there is work for it. */
  open(blob: BlobTarget): FetchJob {
    const [idlest] = [...this.#running].sort((a, b) => a.bytes - b.bytes);
    if (idlest === undefined) return this.#start().open(blob);
    const isEnough = idlest.bytes + blob.size <= WORTH_A_THREAD_BYTES || this.size >= this.#threads;
    return (isEnough || idlest.load === 0 ? idlest : this.#start()).open(blob);
  }

  #start(): FetchThread {
    const thread = new FetchThread(this.#idleMs, () => this.#running.delete(thread));
    this.#running.add(thread);
    return thread;
  }

  /** Ends all threads; jobs that run fail. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#running].map((thread) => thread.end()));
  }
}

/** The pool of whoever brings none. */
export const sharedFetchPool: FetchPool = new FetchPool();

let lastJob = 0;

class FetchThread {
  readonly #worker: Worker;
  readonly #idleMs: number;
  readonly #onEnd: () => void;
  readonly #waiting = new Map<number, PromiseWithResolvers<Outcome>>();
  #idle: NodeJS.Timeout | undefined;
  #ended: Error | undefined;
  /** Jobs that are open. */
  load = 0;
  /** What these jobs fetch, done or not. */
  bytes = 0;

  constructor(idleMs: number, onEnd: () => void) {
    this.#idleMs = idleMs;
    this.#onEnd = onEnd;
    // Beside this file, and beside a bundle: both see it as `./`.
    this.#worker = new Worker(new URL("./fetch.worker.js", import.meta.url), {
      name: "davit-fetch",
      // What the process was started with, such as --eval, may not suit a thread.
      execArgv: [],
    });
    this.#worker.on("message", ({ job, outcome }: Answer) => this.#take(job)?.resolve(outcome));
    this.#worker.on("error", (cause) => this.#fail(new InternalError("fetch thread failed", { cause })));
    this.#worker.on("exit", () => this.#fail(new InternalError("fetch thread ended")));
  }

  open(blob: BlobTarget): FetchJob {
    const job = ++lastJob;
    this.load++;
    this.bytes += blob.size;
    clearTimeout(this.#idle);
    this.#worker.ref();
    this.#post({ type: "open", job, blob });
    let isOpen = true;
    return {
      request: (request, settings, signal) => this.#request(job, request, settings, signal),
      [Symbol.dispose]: () => {
        if (!isOpen) return;
        isOpen = false;
        this.bytes -= blob.size;
        this.#close(job);
      },
    };
  }

  async #request(
    job: number,
    request: HttpRequest,
    settings: TransportSettings,
    signal: AbortSignal | undefined,
  ): Promise<Outcome> {
    signal?.throwIfAborted();
    if (this.#ended !== undefined) throw this.#ended;
    const answer = Promise.withResolvers<Outcome>();
    this.#waiting.set(job, answer);
    const cancel = (): void => this.#post({ type: "cancel", job });
    signal?.addEventListener("abort", cancel, { once: true });
    this.#post({ type: "request", job, request, settings });
    try {
      const outcome = await answer.promise;
      if (!outcome.ok) signal?.throwIfAborted();
      return outcome;
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }

  #close(job: number): void {
    this.#post({ type: "close", job });
    if (--this.load > 0) return;
    this.#worker.unref();
    this.#idle = setTimeout(() => void this.end(), this.#idleMs).unref();
  }

  /** Ends the thread, and only then its jobs: who hears of a failure closes the file, and the number may be another's at once. */
  async end(): Promise<void> {
    clearTimeout(this.#idle);
    this.#onEnd();
    await this.#worker.terminate();
    this.#fail(new InternalError("fetch thread ended"));
  }

  #fail(err: Error): void {
    this.#ended ??= err;
    this.#onEnd();
    for (const answer of this.#waiting.values()) answer.reject(this.#ended);
    this.#waiting.clear();
  }

  #take(job: number): PromiseWithResolvers<Outcome> | undefined {
    const answer = this.#waiting.get(job);
    this.#waiting.delete(job);
    return answer;
  }

  #post(command: Command): void {
    this.#worker.postMessage(command);
  }
}
