import { open, readdir, stat, unlink, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type {
  ContentStore,
  Info,
  ListOptions,
  ReaderAt,
  ReadOptions,
  Source,
  Status,
  UpdateOptions,
  Writer,
  WriterOptions,
} from "@davit/content";
import { algorithmOf, algorithms, isDigest, parseDigest, type Digest } from "@davit/digest";
import {
  AlreadyExistsError,
  FailedPreconditionError,
  InvalidArgumentError,
  isErrno,
  isNotFound,
  NotFoundError,
  OutOfRangeError,
  quote,
} from "@davit/errdefs";
import { fieldAdaptor, parseFilters } from "@davit/filters";
import type { CallOptions } from "@davit/namespaces";
import { silent, type Logger } from "@davit/plugin";
import { makeDirectory, readSlices } from "./files.ts";
import { readIngest, removeIngest } from "./ingest-files.ts";
import { openIngest } from "./open-ingest.ts";
import { blobPath, blobsRoot, ingestPath, ingestsRoot } from "./paths.ts";
import { RefLocks } from "./ref-locks.ts";
import { LocalWriter } from "./writer.ts";

/** How a {@link LocalStore} is opened. */
export interface LocalStoreOptions {
  /** Told when an ingest could not be resumed. */
  readonly log?: Logger;
}

/**
 * Content as files below one directory: `blobs/<algorithm>/<hex>`, and a directory per ingest (containerd
 * plugins/content/local). It knows neither namespaces nor labels; the metadata store has them. One process at a time.
 */
export class LocalStore implements ContentStore {
  readonly root: string;
  readonly #log: Logger;
  readonly #locks = new RefLocks();

  private constructor(root: string, { log = silent }: LocalStoreOptions) {
    this.root = root;
    this.#log = log;
  }

  /** Opens the store, makes its directory when it is absent, and removes what a crash left of unfinished ingests. */
  static async open(root: string, options: LocalStoreOptions = {}): Promise<LocalStore> {
    await makeDirectory(root);
    for (const name of await readdirOrNone(ingestsRoot(root))) {
      const directory = join(ingestsRoot(root), name);
      if ((await readIngest(directory)) === undefined) await removeIngest(directory);
    }
    return new LocalStore(root, options);
  }

  async info(digest: Digest, _options: CallOptions): Promise<Info> {
    const { size, mtimeNs, atimeNs } = await translated(digest, stat(this.#path(digest), { bigint: true }));
    return { digest, sizeBytes: size, createdAt: mtimeNs, updatedAt: atimeNs, labels: {} };
  }

  update(_info: Pick<Info, "digest" | "labels">, _options: CallOptions & UpdateOptions): Promise<Info> {
    return Promise.reject(new FailedPreconditionError("update not supported on immutable content store"));
  }

  async *list({ filters = [], signal, ...call }: CallOptions & ListOptions): AsyncGenerator<Info> {
    const matches = parseFilters(filters);
    for (const algorithm of algorithms) {
      const names = await readdirOrNone(join(blobsRoot(this.root), algorithm));
      for (const name of names.toSorted()) {
        signal?.throwIfAborted();
        const digest = `${algorithm}:${name}`;
        if (!isDigest(digest) || !matches(fieldAdaptor({ digest }))) continue;
        // One that was deleted since is left out.
        const info = await this.info(digest, call).catch(ignoreNotFound);
        if (info !== undefined) yield info;
      }
    }
  }

  async delete(digest: Digest, { signal }: CallOptions): Promise<void> {
    signal?.throwIfAborted();
    await translated(digest, unlink(this.#path(digest)));
  }

  async *read(
    digest: Digest,
    { offset = 0n, sizeBytes = 0n, signal }: CallOptions & ReadOptions,
  ): AsyncGenerator<Uint8Array> {
    await using file = await this.#open(digest);
    const { size } = await file.stat();
    if (offset < 0n || offset > BigInt(size))
      throw new OutOfRangeError(`read past object length ${size} bytes`, { bare: true });
    const left = BigInt(size) - offset;
    const length = sizeBytes > 0n && sizeBytes < left ? sizeBytes : left;
    yield* readSlices(file, Number(offset), Number(offset + length), signal);
  }

  async readerAt(digest: Digest, _options: CallOptions): Promise<ReaderAt> {
    const file = await this.#open(digest);
    return {
      sizeBytes: await sizeOf(file),
      read: async (buffer, position) => await readFully(file, buffer, Number(position)),
      [Symbol.asyncDispose]: () => file.close(),
    };
  }

  async source(digest: Digest, _options: CallOptions): Promise<Source> {
    const file = await this.#open(digest);
    return { fd: file.fd, sizeBytes: await sizeOf(file), [Symbol.asyncDispose]: () => file.close() };
  }

  async status(ref: string, _options: CallOptions): Promise<Status> {
    const status = await readIngest(ingestPath(this.root, ref));
    if (status === undefined) throw new NotFoundError(`ingest ref ${quote(ref)}`);
    return status;
  }

  async listStatuses({ filters = [], signal }: CallOptions & ListOptions): Promise<readonly Status[]> {
    const matches = parseFilters(filters);
    const found: Status[] = [];
    for (const name of await readdirOrNone(ingestsRoot(this.root))) {
      signal?.throwIfAborted();
      const status = await readIngest(join(ingestsRoot(this.root), name));
      if (status !== undefined && matches(fieldAdaptor({ ref: status.ref }))) found.push(status);
    }
    return found.toSorted((a, b) => Buffer.compare(Buffer.from(a.ref), Buffer.from(b.ref)));
  }

  async abort(ref: string, { signal }: CallOptions): Promise<void> {
    signal?.throwIfAborted();
    const directory = ingestPath(this.root, ref);
    try {
      await stat(directory);
    } catch (err) {
      if (isErrno(err, "ENOENT")) throw new NotFoundError(`ingest ref ${quote(ref)}`);
      throw err;
    }
    await removeIngest(directory);
  }

  async writer(ref: string, { total = 0n, expected, signal }: CallOptions & WriterOptions): Promise<Writer> {
    if (ref === "") throw new InvalidArgumentError("ref must not be empty");
    signal?.throwIfAborted();
    const unlock = this.#locks.take(ref);
    try {
      if (expected !== undefined && (await this.#has(expected)))
        throw new AlreadyExistsError(`content ${expected}`);
      const directory = ingestPath(this.root, ref);
      // A digest that is none is not the writer's business: no blob will match it at the commit.
      const algorithm = expected !== undefined && isDigest(expected) ? algorithmOf(expected) : "sha256";
      const onRestart = (reason: string): void =>
        this.#log.info({ ref, reason }, "ingest cannot be resumed, starting over");
      const ingest = await openIngest({ directory, ref, total, algorithm, signal, onRestart });
      return new LocalWriter({ root: this.root, directory, ref, expected, unlock }, ingest);
    } catch (err) {
      unlock();
      throw err;
    }
  }

  async #has(digest: Digest): Promise<boolean> {
    if (!isDigest(digest)) return false;
    return (await this.info(digest, { namespace: "" }).catch(ignoreNotFound)) !== undefined;
  }

  #open(digest: Digest): Promise<FileHandle> {
    return translated(digest, open(this.#path(digest), "r"));
  }

  /** @throws InvalidArgumentError: a digest that was not checked must not become a path. */
  #path(digest: Digest): string {
    return blobPath(this.root, parseDigest(digest));
  }
}

/** Turns the absence of a blob's file into NotFound. */
async function translated<T>(digest: Digest, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (err) {
    if (isErrno(err, "ENOENT")) throw new NotFoundError(`content ${digest}`);
    throw err;
  }
}

async function readFully(file: FileHandle, buffer: Uint8Array, position: number): Promise<number> {
  let done = 0;
  while (done < buffer.length) {
    const { bytesRead } = await file.read(buffer, done, buffer.length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

async function sizeOf(file: FileHandle): Promise<bigint> {
  try {
    return (await file.stat({ bigint: true })).size;
  } catch (err) {
    await file.close();
    throw err;
  }
}

async function readdirOrNone(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (err) {
    if (isErrno(err, "ENOENT")) return [];
    throw err;
  }
}

function ignoreNotFound(err: unknown): undefined {
  if (!isNotFound(err)) throw err;
}
