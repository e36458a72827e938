import { write } from "node:fs";
import { promisify } from "node:util";
import { algorithmOf, digestOf, type Digest } from "@davit/digest";
import { FailedPreconditionError, InternalError, ResourceExhaustedError } from "@davit/errdefs";
import { refKey, type Descriptor } from "@davit/oci";
import { targetOf, type Target } from "../endpoint.ts";
import type { RegistryClient } from "../registry-client.ts";
import { candidatesFor, checkNotEmpty, embedded, firstOf, type Candidate } from "./candidates.ts";
import type { FetchJob, FetchPool } from "../fetch-pool.ts";
import type { BlobFailure } from "./protocol.ts";

const writeAt = promisify(write);
/** How often `onProgress` is called at most, in milliseconds. */
const PROGRESS_MS = 100;

/** Where a blob goes: the file of an ingest, as `Writer.delegate` of a content store hands it out. */
export interface BlobSink {
  /** Open for reading and writing. The caller closes it after the promise has settled, not before. */
  readonly fd: number;
  /** Bytes that are there already. */
  readonly offset: bigint;
  /** At least 8 bytes: a BigInt64 that becomes the count of bytes written, and −1 when the fetch has failed. */
  readonly progress: SharedArrayBuffer;
}

export interface FetchBlobOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called now and then with the bytes that are there, and once at the end. */
  readonly onProgress?: ((bytes: bigint) => void) | undefined;
}

/** What is in the file: all of the blob, verified. */
export interface FetchedBlob {
  readonly sizeBytes: bigint;
  readonly digest: Digest;
}

/** The bytes that came are not the blob, or the file cannot take them: no other host is asked. */
class FinalError extends Error {}

/**
 * Fetches a blob into a file on another thread, so that none of its bytes passes this one. It resumes what the file holds,
 * and a connection that breaks is taken up where it broke. Bytes that turn out not to be the blob are dropped; after any
 * other failure they stay, for the next fetch to resume.
 * @throws FailedPreconditionError `unexpected commit digest A, expected B`; ResourceExhaustedError when the disk is full;
 *   InvalidArgumentError for an empty descriptor; otherwise what the first host that was asked meant.
 */
export async function fetchBlob(
  client: RegistryClient,
  pool: FetchPool,
  name: string,
  descriptor: Descriptor,
  sink: BlobSink,
  { signal, onProgress }: FetchBlobOptions = {},
): Promise<FetchedBlob> {
  const progress = new BigInt64Array(sink.progress);
  using _reports = reports(progress, onProgress);
  try {
    signal?.throwIfAborted();
    checkNotEmpty(descriptor);
    const carried = embedded(descriptor);
    if (carried !== undefined) return await writeCarried(carried, descriptor, sink, progress);
    return await new BlobFetch(client, pool, targetOf(name), descriptor, signal).into(sink);
  } catch (err) {
    // Whoever reads the file while it grows sleeps on this count.
    Atomics.store(progress, 0, -1n);
    Atomics.notify(progress, 0);
    throw err instanceof FinalError ? err.cause : err;
  }
}

class BlobFetch {
  readonly #client: RegistryClient;
  readonly #pool: FetchPool;
  readonly #target: Target;
  readonly #descriptor: Descriptor;
  readonly #signal: AbortSignal | undefined;
  /** Bytes in the file when it was last heard of. */
  #written = 0;

  constructor(
    client: RegistryClient,
    pool: FetchPool,
    target: Target,
    descriptor: Descriptor,
    signal: AbortSignal | undefined,
  ) {
    this.#client = client;
    this.#pool = pool;
    this.#target = target;
    this.#descriptor = descriptor;
    this.#signal = signal;
  }

  async into({ fd, offset, progress }: BlobSink): Promise<FetchedBlob> {
    const { digest, size } = this.#descriptor;
    this.#written = Number(offset);
    const candidates = await candidatesFor(this.#client, this.#target, this.#descriptor);
    using job = this.#pool.open({ fd, offset: Number(offset), digest, size, progress });
    return await firstOf(
      candidates,
      this.#descriptor,
      (candidate) => this.#from(candidate, job),
      (err) => err instanceof FinalError || this.#signal?.aborted === true,
    );
  }

  async #from({ url, host, isLast }: Candidate, job: FetchJob): Promise<FetchedBlob> {
    const signal = this.#signal;
    const request = this.#client.request("GET", url, host, { accept: `${this.#descriptor.mediaType}, */*` });
    const attempts = this.#client.attempts(url, host, { scopes: this.#target.scopes, isLast, signal });
    const settings = this.#client.settingsOf(host);
    for (;;) {
      const authorization = await attempts.authorization();
      const outcome = await job.request({ ...request, authorization }, settings, signal);
      if (outcome.ok) return { sizeBytes: BigInt(outcome.size), digest: outcome.digest };
      const { failure, written } = outcome;
      if (failure.kind !== "status" && failure.kind !== "transport") throw this.#errorOf(failure);
      const advanced = written > this.#written;
      this.#written = written;
      if (advanced) attempts.progressed();
      await attempts.after(failure, advanced);
    }
  }

  #errorOf({ kind, text, errno }: BlobFailure): Error {
    const what = `failed commit on ref "${refKey(this.#descriptor)}": ${text}`;
    if (kind === "answer") return new FailedPreconditionError(what);
    if (kind === "content") return new FinalError(text, { cause: new FailedPreconditionError(what) });
    const isFull = errno === "ENOSPC" || errno === "EDQUOT" || errno === "EFBIG";
    const cause = isFull ? new ResourceExhaustedError(what) : new InternalError(what);
    return new FinalError(text, { cause });
  }
}

async function writeCarried(
  bytes: Uint8Array,
  descriptor: Descriptor,
  { fd }: BlobSink,
  progress: BigInt64Array,
): Promise<FetchedBlob> {
  const { digest } = descriptor;
  const actual = digestOf(bytes, algorithmOf(digest));
  if (actual !== digest)
    throw new FailedPreconditionError(
      `failed commit on ref "${refKey(descriptor)}": unexpected commit digest ${actual}, expected ${digest}`,
    );
  for (let at = 0; at < bytes.length;)
    at += (await writeAt(fd, bytes, at, bytes.length - at, at)).bytesWritten;
  Atomics.store(progress, 0, BigInt(bytes.length));
  Atomics.notify(progress, 0);
  return { sizeBytes: BigInt(bytes.length), digest };
}

/** Calls `onProgress` while it is open, and once when it is closed. */
function reports(progress: BigInt64Array, onProgress: ((bytes: bigint) => void) | undefined): Disposable {
  if (onProgress === undefined) return { [Symbol.dispose]: () => {} };
  let last = -1n;
  const report = (): void => {
    const bytes = Atomics.load(progress, 0);
    if (bytes > last) onProgress((last = bytes));
  };
  const timer = setInterval(report, PROGRESS_MS);
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer);
      report();
    },
  };
}
