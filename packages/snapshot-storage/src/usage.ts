import type { Usage } from "@davit/snapshots";
import { OffThread } from "./off-thread.ts";

/** Measures directories on a thread of its own: a layer may hold a hundred thousand files. */
export class UsageMeter implements AsyncDisposable {
  readonly #thread = new OffThread<string, Usage>(new URL("./usage.worker.js", import.meta.url));

  /** Disk space and inodes of the directory and all in it; a file with several names counts once (du(1)). */
  async measure(directory: string): Promise<Usage> {
    try {
      return await this.#thread.ask(directory);
    } catch (cause) {
      throw new Error(`measuring ${directory} failed`, { cause });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread[Symbol.asyncDispose]();
  }
}
