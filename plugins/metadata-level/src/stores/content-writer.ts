import { ContentCreateSchema } from "@davit/api/events";
import type { CommitOptions, Delegation, Status, Writer } from "@davit/content";
import type { Digest } from "@davit/digest";
import { AlreadyExistsError, FailedPreconditionError, isAlreadyExists, quote } from "@davit/errdefs";
import { copyLabels, validateLabels } from "@davit/labels";
import type { CallOptions } from "@davit/namespaces";
import { now } from "@davit/time";
import { blobTable, ingestTable } from "../records/content.ts";
import { markDirty } from "../records/dirty.ts";
import { addToLease, removeFromLease, requireLease } from "../records/leased.ts";
import { dropRecord, getRecord, putRecord } from "../records/table.ts";
import { blobLock, type ContentContext } from "./content-context.ts";
import { publish } from "./context.ts";
import { requireLabelKeys } from "./sent-labels.ts";

/** A blob of another namespace that an ingest is filled from. */
interface Filled {
  readonly digest: Digest;
  readonly sizeBytes: bigint;
}

/** What a writer is made of. */
export interface WriterParts {
  readonly context: ContentContext;
  readonly namespace: string;
  readonly ref: string;
  readonly backendRef: string;
  readonly openedAt: bigint;
  readonly mediaType?: string | undefined;
  /** The backend's writer; none while the ingest is filled. */
  readonly writer?: Writer | undefined;
  readonly filled?: Filled | undefined;
}

type CommitCall = CallOptions & CommitOptions;

/** An ingest of a namespace (reference 02 §3.2 and §3.5). One that is filled has all its bytes, and none of its own. */
export class NamespacedWriter implements Writer {
  readonly #parts: WriterParts;
  #writer: Writer | undefined;

  constructor(parts: WriterParts) {
    this.#parts = parts;
    this.#writer = parts.writer;
  }

  status(): Status {
    const { ref, filled, openedAt } = this.#parts;
    if (this.#writer !== undefined) return { ...this.#writer.status(), ref };
    const size = filled?.sizeBytes ?? 0n;
    return {
      ref,
      offset: size,
      total: size,
      expected: filled?.digest,
      startedAt: openedAt,
      updatedAt: openedAt,
    };
  }

  digest(): Digest {
    return this.#writer?.digest() ?? (this.#parts.filled as Filled).digest;
  }

  async write(data: Uint8Array): Promise<void> {
    if (this.#writer === undefined && data.length === 0) return;
    this.#writer ??= await this.#copy(this.#parts.filled?.sizeBytes ?? 0n);
    await this.#writer.write(data);
  }

  async truncate(sizeBytes: bigint): Promise<void> {
    if (this.#writer !== undefined) return await this.#writer.truncate(sizeBytes);
    this.#writer = await this.#copy(sizeBytes);
  }

  /** Turns a filled ingest into one of its own, with the first `sizeBytes` of what it was filled from. */
  async #copy(sizeBytes: bigint): Promise<Writer> {
    const { context, namespace, backendRef, filled } = this.#parts;
    const writer = await context.backend.writer(backendRef, { namespace, total: sizeBytes });
    try {
      if (writer.status().offset > 0n) await writer.truncate(0n);
      // A size of 0 would read all.
      if (filled !== undefined && sizeBytes > 0n)
        for await (const chunk of context.backend.read(filled.digest, { namespace, sizeBytes }))
          await writer.write(chunk);
      return writer;
    } catch (err) {
      await writer[Symbol.asyncDispose]();
      throw err;
    }
  }

  async commit(options: CommitCall): Promise<Digest> {
    const { context, namespace, mediaType = "" } = this.#parts;
    const call = { ...options, namespace };
    const labels = options.labels ?? {};
    validateLabels(labels, "info.Labels");
    requireLabelKeys(labels);
    await requireLease(context.database, call);
    try {
      this.#validate(options);
    } catch (err) {
      await this[Symbol.asyncDispose]();
      throw err;
    }
    const promised = options.expected ?? this.digest();
    using _ = await context.locks.acquire([blobLock(promised)], options.signal);
    options.signal?.throwIfAborted();
    const { sizeBytes, digest } = await this.#commitBackend(call, promised);
    const created = await this.#record(digest, sizeBytes, call);
    if (!created) throw new AlreadyExistsError(`content ${digest}`);
    const event = { digest, size: sizeBytes, mediaType };
    await publish(context, namespace, "/content/create", ContentCreateSchema, event);
    return digest;
  }

  #validate({ sizeBytes = 0n, expected }: CommitCall): void {
    const { ref } = this.#parts;
    const have = this.status().offset;
    if (sizeBytes !== 0n && sizeBytes !== have)
      throw new FailedPreconditionError(`${quote(ref)} failed size validation: ${have} != ${sizeBytes}`);
    if (this.#writer === undefined && expected !== undefined && expected !== this.digest())
      throw new FailedPreconditionError(`${quote(ref)} unexpected digest`);
  }

  /** Makes the bytes a blob, durably; that it is one already is as good. */
  async #commitBackend(call: CommitCall, promised: Digest): Promise<Filled> {
    const sizeBytes = this.status().offset;
    if (this.#writer === undefined) {
      // The lock is held: if the blob is still there, it stays until the record says that it is needed.
      await this.#parts.context.backend.info(promised, call);
      return { sizeBytes, digest: promised };
    }
    try {
      return { sizeBytes, digest: await this.#writer.commit({ ...call, sizeBytes, labels: undefined }) };
    } catch (err) {
      if (!isAlreadyExists(err)) throw err;
      return { sizeBytes, digest: promised };
    }
  }

  /** Writes the blob's record and drops the ingest's; false when the namespace had the blob. */
  async #record(digest: Digest, sizeBytes: bigint, call: CommitCall): Promise<boolean> {
    const { context, namespace, ref } = this.#parts;
    return await context.updates.update(async (tx) => {
      const ingest = await getRecord(tx, ingestTable, [namespace], ref);
      if (ingest !== undefined) dropRecord(tx, ingestTable, [namespace], ref, ingest);
      // The bytes that a filled ingest took before it was committed are left behind, if it has some.
      if (ingest?.expected !== undefined) markDirty(tx, "content");
      removeFromLease(tx, call, "ingests", ref);
      await addToLease(tx, call, "content", digest);
      if ((await getRecord(tx, blobTable, [namespace], digest)) !== undefined) return false;
      const createdAt = now();
      const labels = copyLabels(call.labels ?? {});
      const info = { digest, sizeBytes, createdAt, updatedAt: createdAt, labels };
      await putRecord(tx, blobTable, [namespace], digest, info);
      return true;
    });
  }

  delegate(): Delegation | undefined {
    return this.#writer?.delegate?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer?.[Symbol.asyncDispose]();
  }
}
