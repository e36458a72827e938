import { rename, stat, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import type { CommitOptions, Delegation, Status, Writer } from "@davit/content";
import { algorithmOf, Digester, isDigest, type Digest } from "@davit/digest";
import {
  AlreadyExistsError,
  DataLossError,
  FailedPreconditionError,
  InvalidArgumentError,
  isErrno,
  NotFoundError,
  quote,
} from "@davit/errdefs";
import type { CallOptions } from "@davit/namespaces";
import { now, type Instant } from "@davit/time";
import { diskError } from "./disk-errors.ts";
import { makeDirectory, SLICE_BYTES, syncDirectory, writeFully } from "./files.ts";
import { dataPath, removeIngest, touchIngest } from "./ingest-files.ts";
import { hashFile, type OpenIngest } from "./open-ingest.ts";
import { blobPath } from "./paths.ts";

/** What a writer is made of beside its file. */
export interface LocalWriterInit {
  readonly root: string;
  readonly directory: string;
  readonly ref: string;
  readonly expected: Digest | undefined;
  readonly unlock: () => void;
}

/** Writes an ingest's `data`, and renames it to a blob. */
export class LocalWriter implements Writer {
  readonly #init: LocalWriterInit;
  readonly #file: FileHandle;
  readonly #total: bigint;
  readonly #startedAt: Instant;
  #updatedAt: Instant;
  #offset: number;
  /** The hash of the bytes so far; undefined while another thread hashes, and after it has. */
  #digester: Digester | undefined;
  /** What that thread found. */
  #digest: Digest | undefined;
  #state: "open" | "delegated" | "closed" = "open";

  constructor(init: LocalWriterInit, { file, digester, offset, total, startedAt, updatedAt }: OpenIngest) {
    this.#init = init;
    this.#file = file;
    this.#digester = digester;
    this.#offset = offset;
    this.#total = total;
    this.#startedAt = startedAt;
    this.#updatedAt = updatedAt;
  }

  status(): Status {
    return {
      ref: this.#init.ref,
      offset: BigInt(this.#offset),
      total: this.#total,
      expected: this.#init.expected,
      startedAt: this.#startedAt,
      updatedAt: this.#updatedAt,
    };
  }

  digest(): Digest {
    return this.#digest ?? this.#hash().digest();
  }

  async write(data: Uint8Array): Promise<void> {
    this.#assertOpen("write to");
    await this.#restoreHash();
    for (let from = 0; from < data.length; from += SLICE_BYTES)
      await this.#append(data.subarray(from, from + SLICE_BYTES));
  }

  async truncate(sizeBytes: bigint): Promise<void> {
    this.#assertOpen("truncate");
    if (sizeBytes !== 0n) throw new InvalidArgumentError("Truncate: unsupported size");
    await this.#file.truncate(0);
    this.#offset = 0;
    this.#digester = new Digester(this.#algorithm());
    this.#digest = undefined;
    this.#updatedAt = now();
  }

  async commit(options: CallOptions & CommitOptions): Promise<Digest> {
    this.#assertOpen("commit on");
    options.signal?.throwIfAborted();
    try {
      const digest = await this.#verified(options);
      await this.#publish(digest);
      await this.#close();
      return digest;
    } finally {
      await this[Symbol.asyncDispose]();
    }
  }

  delegate(): Delegation | undefined {
    this.#assertOpen("delegate");
    const offset = this.#offset;
    this.#state = "delegated";
    this.#digester = undefined;
    return {
      fd: this.#file.fd,
      offset: BigInt(offset),
      finished: ({ sizeBytes, digest }) => {
        if (this.#state !== "delegated") return;
        this.#state = "open";
        this.#offset = Number(sizeBytes);
        this.#digest = digest;
        this.#updatedAt = now();
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === "closed") return;
    this.#state = "closed";
    try {
      await this.#file.sync();
      await touchIngest(this.#init.directory, this.#updatedAt);
    } catch (err) {
      // The ingest was committed or aborted, and its directory is gone; or the disk has no room for a date.
      if (!isErrno(err, "ENOENT", "ENOSPC", "EDQUOT")) throw err;
    } finally {
      await this.#close();
    }
  }

  async #close(): Promise<void> {
    this.#state = "closed";
    await this.#file.close().finally(this.#init.unlock);
  }

  /** Writes and hashes side by side. What could be written in part only is taken back, so that the offset stays true. */
  async #append(slice: Uint8Array): Promise<void> {
    const written = writeFully(this.#file, slice, this.#offset);
    this.#hash().update(slice);
    try {
      await written;
    } catch (err) {
      this.#digester = undefined;
      await this.#file.truncate(this.#offset);
      await this.#restoreHash();
      throw diskError(`write to ingest ${quote(this.#init.ref)}`, err);
    }
    this.#offset += slice.length;
    this.#updatedAt = now();
  }

  /** The digest of the data, once it is known to be what was promised. */
  async #verified({ sizeBytes = 0n, expected, signal }: CallOptions & CommitOptions): Promise<Digest> {
    const { size } = await this.#file.stat();
    if (size !== this.#offset)
      throw new DataLossError(
        `ingest ${quote(this.#init.ref)} has ${size} bytes where ${this.#offset} were written`,
      );
    if (sizeBytes > 0n && sizeBytes !== BigInt(size))
      throw new FailedPreconditionError(`unexpected commit size ${size}, expected ${sizeBytes}`);
    const digest = await this.#digestLike(expected, signal);
    if (expected !== undefined && expected !== digest)
      throw new FailedPreconditionError(`unexpected commit digest ${digest}, expected ${expected}`);
    return digest;
  }

  /** The digest by the algorithm of `expected`, which may be another than that of the running hash. */
  async #digestLike(expected: Digest | undefined, signal: AbortSignal | undefined): Promise<Digest> {
    const digest = this.digest();
    if (expected === undefined || !isDigest(expected)) return digest;
    const algorithm = algorithmOf(expected);
    if (algorithm === algorithmOf(digest)) return digest;
    return (await hashFile(this.#file, { algorithm, signal })).digester.digest();
  }

  async #publish(digest: Digest): Promise<void> {
    const { root, directory, ref } = this.#init;
    const target = blobPath(root, digest);
    if (await exists(target)) {
      await removeIngest(directory);
      throw new AlreadyExistsError(`content ${digest}`);
    }
    try {
      await makeDirectory(dirname(target));
      await this.#rename(target);
    } catch (err) {
      if (isErrno(err, "ENOENT")) throw new NotFoundError(`ingest ref ${quote(ref)}`);
      throw diskError(`commit ${digest} of ingest ${quote(ref)}`, err);
    }
    await removeIngest(directory);
  }

  /** Everything about the blob is on the disk, its dates and its mode too, before it gets its name. */
  async #rename(target: string): Promise<void> {
    const { mode } = await this.#file.stat();
    const seconds = Number(now()) / 1e9;
    try {
      await this.#file.chmod(mode & 0o444);
      await this.#file.utimes(seconds, seconds);
      await this.#file.sync();
      await rename(dataPath(this.#init.directory), target);
    } catch (err) {
      await this.#file.chmod(mode & 0o777);
      throw err;
    }
    await syncDirectory(dirname(target));
  }

  #hash(): Digester {
    if (this.#digester === undefined)
      throw new FailedPreconditionError(`ingest ${quote(this.#init.ref)} is written by another thread`);
    return this.#digester;
  }

  /** Hashes anew what is there, after another thread wrote it or a write failed. */
  async #restoreHash(): Promise<void> {
    if (this.#digester !== undefined) return;
    const { digester } = await hashFile(this.#file, { algorithm: this.#algorithm(), end: this.#offset });
    this.#digester = digester;
    this.#digest = undefined;
  }

  #algorithm(): Digester["algorithm"] {
    const { expected } = this.#init;
    return expected !== undefined && isDigest(expected) ? algorithmOf(expected) : "sha256";
  }

  #assertOpen(action: string): void {
    if (this.#state === "closed") throw new FailedPreconditionError(`cannot ${action} closed writer`);
    if (this.#state === "delegated")
      throw new FailedPreconditionError(`cannot ${action} writer whose file another thread has`);
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (err) {
    if (isErrno(err, "ENOENT")) return false;
    throw err;
  }
}
