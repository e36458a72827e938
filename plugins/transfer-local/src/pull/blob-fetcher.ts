import type { ContentStore, Writer } from "@davit/content";
import {
  InvalidArgumentError,
  isAlreadyExists,
  isNotFound,
  isUnavailable,
  quote,
  wireMessage,
} from "@davit/errdefs";
import type { Labels } from "@davit/labels";
import type { CallOptions } from "@davit/namespaces";
import { refKey, type Descriptor } from "@davit/oci";
import type { Logger } from "@davit/plugin";
import type { Registry } from "@davit/remotes";
import type { TransferCalls } from "../lease.ts";
import { abortable, sleep } from "../sync/abortable.ts";
import type { Limiter } from "../sync/limiter.ts";
import { openSpool, readSpool } from "./spool.ts";

/** The first and the longest pause before a ref that somebody else has locked is tried again, in milliseconds. */
const RETRY_MS = { first: 16, longest: 2048 };

/** Where blobs come from. */
export interface Origin {
  readonly registry: Registry;
  readonly reference: string;
  /** Set on what is fetched. */
  readonly labels: Labels;
}

/** Told the bytes of a blob that are there. */
export type OnBytes = (bytes: bigint) => void;

/** A blob to be fetched, and for whom. */
interface Job {
  readonly descriptor: Descriptor;
  readonly ref: string;
  readonly origin: Origin;
  readonly calls: TransferCalls;
}

/** What a fetcher stands on. */
export interface BlobFetcherOptions {
  readonly content: ContentStore;
  /** Over all pulls together. */
  readonly downloads: Limiter;
  /** For what goes to a store without files. Made when it is needed. */
  readonly spoolDirectory: string;
  readonly log: Logger;
}

/** Fetches blobs into the content store, each once at a time, however many pulls want it. */
export class BlobFetcher {
  readonly #options: BlobFetcherOptions;
  readonly #underWay = new Map<string, UnderWay>();

  constructor(options: BlobFetcherOptions) {
    this.#options = options;
  }

  /**
   * Brings a blob into the store, verified, under the lease. What an earlier fetch has left is resumed, and what this one
   * leaves when it fails can be; of an ingest without any byte nothing stays.
   * @returns `exists` when it was there, or somebody else brought it.
   * @throws InvalidArgumentError for a descriptor of no bytes; as `Registry.fetchBlob` and `Writer.commit` do.
   */
  async fetch(
    descriptor: Descriptor,
    origin: Origin,
    calls: TransferCalls,
    onBytes: OnBytes,
  ): Promise<"fetched" | "exists"> {
    const { namespace, signal } = calls.leased;
    const ref = refKey(descriptor);
    const key = `${namespace} ${ref}`;
    for (let other = this.#underWay.get(key); other !== undefined; other = this.#underWay.get(key))
      // However it ends: it may have failed for a reason of its own, such as other credentials.
      await other.join(onBytes, signal);
    const underWay = new UnderWay(onBytes);
    this.#underWay.set(key, underWay);
    try {
      return await this.#bring({ descriptor, ref, origin, calls }, underWay);
    } finally {
      this.#underWay.delete(key);
      underWay.end();
    }
  }

  async #bring(job: Job, underWay: UnderWay): Promise<"fetched" | "exists"> {
    for (;;) {
      await using writer = await this.#openAnyhow(job);
      if (writer === undefined) return "exists";
      try {
        await this.#fill(writer, job, underWay);
        await this.#commit(writer, job);
        return "fetched";
      } catch (err) {
        await this.#dropIfEmpty(job);
        // Somebody else was quicker. Opening it once more puts it under the lease.
        if (!isAlreadyExists(err)) throw err;
      }
    }
  }

  /** Opens the ingest, which need not be leased; a blob that is there must be. */
  async #openAnyhow(job: Job): Promise<Writer | undefined> {
    const { ingest, leased } = job.calls;
    const writer = await this.#open(job, ingest);
    return writer ?? (ingest === leased ? undefined : await this.#open(job, leased));
  }

  /** Undefined when the blob is there. */
  async #open({ descriptor, ref }: Job, call: CallOptions): Promise<Writer | undefined> {
    const { size, digest, mediaType } = descriptor;
    const options = { ...call, total: BigInt(size), expected: digest, mediaType };
    for (let ms = RETRY_MS.first; ; ms = Math.min(ms * 2, RETRY_MS.longest)) {
      try {
        return await this.#options.content.writer(ref, options);
      } catch (err) {
        if (isAlreadyExists(err)) return undefined;
        if (!isUnavailable(err)) throw err;
      }
      // A client of the daemon is writing it.
      await sleep(Math.random() * ms, call.signal);
    }
  }

  async #fill(writer: Writer, job: Job, underWay: UnderWay): Promise<void> {
    const { descriptor, origin, calls } = job;
    if (descriptor.size === 0)
      throw new InvalidArgumentError(
        `unable to fetch descriptor (${descriptor.digest}) which reports content size of zero`,
      );
    const size = BigInt(descriptor.size);
    const { offset } = writer.status();
    if (offset === size && writer.digest() === descriptor.digest) return;
    if (offset >= size) await writer.truncate(0n);
    const { signal } = calls.leased;
    using _place = await this.#options.downloads.acquire(signal);
    const delegation = writer.delegate?.();
    if (delegation === undefined) return await this.#fillByHand(writer, job, underWay);
    const sink = { fd: delegation.fd, offset: delegation.offset, progress: new SharedArrayBuffer(8) };
    const options = { signal, onProgress: underWay.report };
    delegation.finished(await origin.registry.fetchBlob(origin.reference, descriptor, sink, options));
  }

  /** For a store whose ingests are no files here: by way of a file of ours, and so from the start. */
  async #fillByHand(writer: Writer, { descriptor, origin, calls }: Job, underWay: UnderWay): Promise<void> {
    const { signal } = calls.leased;
    if (writer.status().offset > 0n) await writer.truncate(0n);
    await using file = await openSpool(this.#options.spoolDirectory);
    const sink = { fd: file.fd, offset: 0n, progress: new SharedArrayBuffer(8) };
    const options = { signal, onProgress: underWay.report };
    await origin.registry.fetchBlob(origin.reference, descriptor, sink, options);
    for await (const chunk of readSpool(file, signal)) await writer.write(chunk);
  }

  async #commit(writer: Writer, { descriptor, ref, origin, calls }: Job): Promise<void> {
    const { digest: expected, size } = descriptor;
    try {
      const { labels } = origin;
      await writer.commit({ ...calls.leased, sizeBytes: BigInt(size), expected, labels });
    } catch (cause) {
      calls.leased.signal?.throwIfAborted();
      throw new Error(`failed commit on ref ${quote(ref)}`, { cause });
    }
  }

  /** The writer is still open, and so nobody else's ingest can be meant. */
  async #dropIfEmpty({ ref, calls }: Job): Promise<void> {
    const { content, log } = this.#options;
    const call = { namespace: calls.leased.namespace };
    try {
      const { offset } = await content.status(ref, call);
      if (offset === 0n) await content.abort(ref, call);
    } catch (err) {
      if (!isNotFound(err)) log.warn({ error: wireMessage(err), ref }, "failed to drop an empty ingest");
    }
  }
}

/** A fetch, for those who want the same blob meanwhile. */
class UnderWay {
  readonly #listeners: Set<OnBytes>;
  readonly #ended = Promise.withResolvers<void>();

  constructor(onBytes: OnBytes) {
    this.#listeners = new Set([onBytes]);
  }

  readonly report: OnBytes = (bytes) => {
    for (const listener of this.#listeners) listener(bytes);
  };

  /** Waits for the end, good or bad. @throws the signal's reason. */
  async join(onBytes: OnBytes, signal: AbortSignal | undefined): Promise<void> {
    this.#listeners.add(onBytes);
    try {
      await abortable(this.#ended.promise, signal);
    } finally {
      this.#listeners.delete(onBytes);
    }
  }

  end(): void {
    this.#ended.resolve();
  }
}
