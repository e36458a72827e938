import { Worker } from "node:worker_threads";
import type { Usage } from "@davit/snapshots";

/** The thread ends when nothing was asked for so long. */
const IDLE_MS = 10_000;

interface Answer {
  readonly sizeBytes?: bigint;
  readonly inodes?: bigint;
  readonly error?: Error;
}

/**
 * Measures directories on a thread of its own: a layer may hold a hundred thousand files. One at a time; the thread
 * starts with the first question and ends when idle.
 */
export class UsageMeter implements AsyncDisposable {
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #tail: Promise<unknown> = Promise.resolve();

  /** Disk space and inodes of the directory and all in it; a file with several names counts once (du(1)). */
  measure(directory: string): Promise<Usage> {
    const result = this.#tail.then(() => this.#ask(directory));
    this.#tail = result.catch(() => undefined);
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tail;
    clearTimeout(this.#idle);
    await this.#worker?.terminate();
    this.#worker = undefined;
  }

  #ask(directory: string): Promise<Usage> {
    clearTimeout(this.#idle);
    const worker = (this.#worker ??= new Worker(new URL("./usage.worker.js", import.meta.url)));
    worker.ref();
    return new Promise<Usage>((resolve, reject) => {
      const settle = (answer: Answer) => {
        worker.off("message", settle).off("error", crashed).off("exit", ended);
        worker.unref();
        this.#idle = setTimeout(() => this.#end(worker), IDLE_MS).unref();
        if (answer.sizeBytes !== undefined && answer.inodes !== undefined)
          resolve({ sizeBytes: answer.sizeBytes, inodes: answer.inodes });
        else reject(new Error(`measuring ${directory} failed`, { cause: answer.error }));
      };
      const crashed = (error: Error) => {
        if (this.#worker === worker) this.#worker = undefined;
        settle({ error });
      };
      const ended = (code: number) => crashed(new Error(`the thread ended with code ${code}`));
      worker.on("message", settle).on("error", crashed).on("exit", ended);
      worker.postMessage(directory);
    });
  }

  #end(worker: Worker): void {
    if (this.#worker === worker) this.#worker = undefined;
    void worker.terminate();
  }
}
