import { randomUUID } from "node:crypto";
import { mkdir, open, unlink, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { ContentStore, Source } from "@davit/content";
import type { Digest } from "@davit/digest";
import { DataLossError } from "@davit/errdefs";
import type { CallOptions } from "@davit/namespaces";

/**
 * A blob of a store that has no files, copied into one without a name while a worker reads behind the copying. The file
 * is gone when it is closed, whatever becomes of the process.
 */
export class Spool implements Source {
  readonly sizeBytes: bigint;
  readonly available: SharedArrayBuffer = new SharedArrayBuffer(8);
  readonly #file: FileHandle;
  readonly #abort = new AbortController();
  readonly #copied: Promise<void>;
  #failure: { readonly error: unknown } | undefined;

  private constructor(
    file: FileHandle,
    sizeBytes: bigint,
    copy: (signal: AbortSignal) => AsyncIterable<Uint8Array>,
  ) {
    this.#file = file;
    this.sizeBytes = sizeBytes;
    this.#copied = this.#copy(copy);
  }

  /** Begins to copy a blob into a file in `dir`, which is made. @throws NotFoundError. */
  static async open(store: ContentStore, digest: Digest, dir: string, options: CallOptions): Promise<Spool> {
    const { sizeBytes } = await store.info(digest, options);
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const path = join(dir, randomUUID());
    const file = await open(path, "wx+", 0o600);
    await unlink(path);
    return new Spool(file, sizeBytes, (signal) =>
      store.read(digest, { ...options, signal: either(options.signal, signal) }),
    );
  }

  get fd(): number {
    return this.#file.fd;
  }

  /** Why the copying ended early: what the reader saw of it was only that it did. */
  throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#copied;
    await this.#file.close();
  }

  async #copy(copy: (signal: AbortSignal) => AsyncIterable<Uint8Array>): Promise<void> {
    let written = 0n;
    try {
      for await (const chunk of copy(this.#abort.signal)) {
        this.#abort.signal.throwIfAborted();
        await writeAll(this.#file, chunk, written);
        written += BigInt(chunk.length);
        this.#publish(written);
      }
      if (written !== this.sizeBytes)
        throw new DataLossError(`content store gave ${written} of ${this.sizeBytes} bytes`);
    } catch (error) {
      this.#failure = { error };
      this.#publish(-1n);
    }
  }

  #publish(count: bigint): void {
    const counter = new BigInt64Array(this.available);
    Atomics.store(counter, 0, count);
    Atomics.notify(counter, 0);
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array, position: bigint): Promise<void> {
  for (let done = 0; done < chunk.length;) {
    const { bytesWritten } = await file.write(chunk, done, chunk.length - done, Number(position) + done);
    done += bytesWritten;
  }
}

const either = (first: AbortSignal | undefined, second: AbortSignal): AbortSignal =>
  first === undefined ? second : AbortSignal.any([first, second]);
