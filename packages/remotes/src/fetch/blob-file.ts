import { ftruncateSync, read, writeSync } from "node:fs";
import { promisify } from "node:util";
import { algorithmOf, Digester, type Digest } from "@davit/digest";
import type { BlobTarget } from "./protocol.ts";

const readAt = promisify(read);
const CHUNK_BYTES = 1024 * 1024;

/** The file could not be read or written. */
export class DiskError extends Error {}

/**
 * The file of an ingest on the thread that fills it: appends, hashes, and publishes how far it has come. Writes are
 * synchronous: into the page cache they take microseconds, and nothing but fetching runs on this thread.
 */
export class BlobFile {
  readonly #target: BlobTarget;
  readonly #progress: BigInt64Array;
  #digester: Digester;
  #position = 0;

  constructor(target: BlobTarget) {
    this.#target = target;
    this.#progress = new BigInt64Array(target.progress);
    this.#digester = new Digester(algorithmOf(target.digest));
  }

  /** Bytes that are written and hashed. */
  get position(): number {
    return this.#position;
  }

  get isComplete(): boolean {
    return this.#position === this.#target.size;
  }

  /** The digest of what is written. */
  digest(): Digest {
    return this.#digester.digest();
  }

  /** Hashes what an earlier fetch left behind; begins anew where that cannot be the blob. @throws DiskError. */
  async resume(): Promise<void> {
    const { offset, size, digest } = this.#target;
    if (offset > 0 && offset <= size) await this.#hashUpTo(offset);
    const isWrong = this.#position !== offset || (this.isComplete && this.digest() !== digest);
    if (isWrong) this.reset();
    else this.#publish();
  }

  async #hashUpTo(end: number): Promise<void> {
    const buffer = new Uint8Array(Math.min(CHUNK_BYTES, end));
    while (this.#position < end) {
      const length = Math.min(buffer.length, end - this.#position);
      const { bytesRead } = await readAt(this.#target.fd, buffer, 0, length, this.#position).catch(onDisk);
      if (bytesRead === 0) return;
      this.#digester.update(buffer.subarray(0, bytesRead));
      this.#position += bytesRead;
    }
  }

  /** Appends. @throws DiskError. */
  append(chunk: Uint8Array): void {
    let written = 0;
    while (written < chunk.length)
      try {
        written += writeSync(
          this.#target.fd,
          chunk,
          written,
          chunk.length - written,
          this.#position + written,
        );
      } catch (err) {
        onDisk(err);
      }
    this.#digester.update(chunk);
    this.#position += chunk.length;
    this.#publish();
  }

  /** Drops everything. @throws DiskError. */
  reset(): void {
    try {
      ftruncateSync(this.#target.fd, 0);
    } catch (err) {
      onDisk(err);
    }
    this.#position = 0;
    this.#digester = new Digester(algorithmOf(this.#target.digest));
    this.#publish();
  }

  #publish(): void {
    Atomics.store(this.#progress, 0, BigInt(this.#position));
    Atomics.notify(this.#progress, 0);
  }
}

function onDisk(cause: unknown): never {
  throw new DiskError(cause instanceof Error ? cause.message : String(cause), { cause });
}
