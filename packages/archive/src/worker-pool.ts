import { availableParallelism } from "node:os";
import { Worker, type ResourceLimits } from "node:worker_threads";
import { InternalError, ResourceExhaustedError, UnavailableError } from "@davit/errdefs";
import { fromWireError, type WorkerAnswer, type WorkerRequest } from "./unpack-message.ts";

/** How large a pool may be. */
export interface WorkerPoolOptions {
  /** Workers at most; default one for each core. More requests wait. */
  readonly size?: number;
  /** A worker that has been idle this long is ended; default 5 seconds. */
  readonly idleMs?: number;
  /** Memory of one worker's JavaScript heap; default 1 GiB. Buffers of some megabytes come on top. */
  readonly maxHeapMb?: number;
}

/** What goes with a request. */
export interface RunOptions<Progress> {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

interface Job<Request, Result, Progress> {
  readonly request: Request;
  readonly onProgress: ((progress: Progress) => void) | undefined;
  readonly cancelled: SharedArrayBuffer;
  /** Settles when the worker is free of it. */
  readonly ended: Promise<Result>;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** A worker, with what it is at. */
interface Slot<Request, Result, Progress> {
  readonly worker: Worker;
  job: Job<Request, Result, Progress> | undefined;
  idleTimer: NodeJS.Timeout | undefined;
}

/**
 * Runs requests on worker threads, one at a time each. Workers start when needed, end when idle, and are replaced when
 * they crash; an idle one does not keep the process alive.
 */
export class WorkerPool<Request, Result, Progress> implements AsyncDisposable {
  readonly #script: URL;
  readonly #size: number;
  readonly #idleMs: number;
  readonly #limits: ResourceLimits;
  readonly #queue: Job<Request, Result, Progress>[] = [];
  readonly #slots = new Set<Slot<Request, Result, Progress>>();
  #closed = false;

  constructor(script: URL, options: WorkerPoolOptions = {}) {
    this.#script = script;
    this.#size = options.size ?? availableParallelism();
    this.#idleMs = options.idleMs ?? 5000;
    this.#limits = { maxOldGenerationSizeMb: options.maxHeapMb ?? 1024 };
    if (this.#size < 1) throw new RangeError("a pool needs a worker");
  }

  /** Workers there are now. */
  get workers(): number {
    return this.#slots.size;
  }

  /**
   * Runs a request when a worker is free.
   *
   * @throws what the worker answers; the signal's reason when aborted, once the worker has really stopped;
   *   InternalError when the worker crashed, ResourceExhaustedError when it was out of memory; UnavailableError when
   *   the pool is closed.
   */
  async run(request: Request, { signal, onProgress }: RunOptions<Progress> = {}): Promise<Result> {
    signal?.throwIfAborted();
    if (this.#closed) throw new UnavailableError("the worker pool is closed");
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const cancelled = new SharedArrayBuffer(4);
    const job = { request, onProgress, cancelled, ended: promise, resolve, reject };
    const abort = () => this.#cancel(job, signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    this.#queue.push(job);
    this.#dispatch();
    try {
      return await promise;
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  /** Refuses new requests, cancels those there are, and ends the workers. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const job of this.#queue.splice(0)) job.reject(new UnavailableError("the worker pool is closed"));
    const running = [...this.#slots].flatMap(({ job }) => (job ? [job] : []));
    for (const job of running) this.#cancel(job, undefined);
    await Promise.allSettled(running.map(({ ended }) => ended));
    await Promise.all([...this.#slots].map((slot) => this.#end(slot)));
  }

  #cancel(job: Job<Request, Result, Progress>, reason: unknown): void {
    const waiting = this.#queue.indexOf(job);
    if (waiting < 0) return void Atomics.store(new Int32Array(job.cancelled), 0, 1);
    this.#queue.splice(waiting, 1);
    job.reject(reason);
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const idle = [...this.#slots].find(({ job }) => job === undefined);
      const slot = idle ?? (this.#slots.size < this.#size ? this.#start() : undefined);
      const job = slot && this.#queue.shift();
      if (!job) return;
      clearTimeout(slot.idleTimer);
      slot.job = job;
      slot.worker.ref();
      const message: WorkerRequest<Request> = { request: job.request, cancelled: job.cancelled };
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread, not a window
      slot.worker.postMessage(message);
    }
  }

  #start(): Slot<Request, Result, Progress> {
    // No flags of the main thread's: some, such as --input-type, do not go with a file.
    const worker = new Worker(this.#script, { resourceLimits: this.#limits, execArgv: [] });
    const slot: Slot<Request, Result, Progress> = { worker, job: undefined, idleTimer: undefined };
    this.#slots.add(slot);
    worker.on("message", (answer: WorkerAnswer<Result, Progress>) => this.#answered(slot, answer));
    worker.on("error", (error) => this.#crashed(slot, crashOf(error)));
    worker.on("exit", (code) =>
      this.#crashed(slot, new InternalError(`worker thread ended with code ${code}`)),
    );
    return slot;
  }

  #answered(slot: Slot<Request, Result, Progress>, answer: WorkerAnswer<Result, Progress>): void {
    const { job } = slot;
    if (!job) return;
    if (answer.type === "progress") return job.onProgress?.(answer.progress);
    slot.job = undefined;
    slot.worker.unref();
    slot.idleTimer = setTimeout(() => void this.#end(slot), this.#idleMs).unref();
    if (answer.type === "done") job.resolve(answer.result);
    else job.reject(fromWireError(answer.error));
    this.#dispatch();
  }

  #crashed(slot: Slot<Request, Result, Progress>, error: Error): void {
    if (!this.#slots.delete(slot)) return;
    clearTimeout(slot.idleTimer);
    slot.job?.reject(error);
    slot.job = undefined;
    this.#dispatch();
  }

  async #end(slot: Slot<Request, Result, Progress>): Promise<void> {
    clearTimeout(slot.idleTimer);
    this.#slots.delete(slot);
    await slot.worker.terminate();
  }
}

function crashOf(error: unknown): Error {
  const outOfMemory = error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
  if (outOfMemory) return new ResourceExhaustedError("worker thread is out of memory", { cause: error });
  return new InternalError("worker thread crashed", { cause: error });
}
