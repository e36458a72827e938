import { ContentDeleteSchema } from "@davit/api/events";
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
import { parseDigest, type Digest } from "@davit/digest";
import { InvalidArgumentError, isNotFound, NotFoundError, quote } from "@davit/errdefs";
import { fieldAdaptor, parseFilters } from "@davit/filters";
import { unknownPathOf, updateLabels, validateLabels } from "@davit/labels";
import { requireNamespace, type CallOptions } from "@davit/namespaces";
import { now } from "@davit/time";
import { keyOf } from "../db/keys.ts";
import type { Reader } from "../db/reader.ts";
import { blobTable, ingestTable, type Ingest } from "../records/content.ts";
import { markDirty } from "../records/dirty.ts";
import { removeFromLease } from "../records/leased.ts";
import { deleteRecord, dropRecord, getRecord, listRecords, putRecord } from "../records/table.ts";
import { openWriter } from "./content-open.ts";
import type { ContentContext } from "./content-context.ts";
import { publish } from "./context.ts";
import { requireLabelKeys, sentLabels } from "./sent-labels.ts";

/** Content divided into namespaces: records decide what is seen, the backend has the bytes (reference 02 §3). */
export class LevelContent implements ContentStore {
  readonly #context: ContentContext;

  constructor(context: ContentContext) {
    this.#context = context;
  }

  async info(digest: Digest, options: CallOptions): Promise<Info> {
    return await requireBlob(this.#context.database, requireNamespace(options), digest);
  }

  async update(info: Pick<Info, "digest" | "labels">, options: CallOptions & UpdateOptions): Promise<Info> {
    const namespace = requireNamespace(options);
    const { digest } = info;
    return await this.#context.updates.update(async (tx) => {
      const current = await requireBlob(tx, namespace, digest);
      const unknown = unknownPathOf(options.fieldpaths ?? [], ["labels", "labels.*"]);
      if (unknown !== undefined)
        throw new InvalidArgumentError(
          `cannot update ${quote(unknown)} field on content info ${quote(digest)}`,
        );
      const labels = updateLabels(current.labels, info.labels, options.fieldpaths);
      const sent = sentLabels(info.labels, options.fieldpaths);
      validateLabels({ ...labels, ...sent }, "info.Labels");
      requireLabelKeys(sent, `writing labels for info ${digest}`);
      const updated: Info = { ...current, labels, updatedAt: now() };
      await putRecord(tx, blobTable, [namespace], digest, updated, current);
      return updated;
    }, options.signal);
  }

  async *list(options: CallOptions & ListOptions): AsyncGenerator<Info> {
    const namespace = requireNamespace(options);
    const matches = parseFilters(options.filters ?? []);
    for await (const info of listRecords(this.#context.database, blobTable, [namespace])) {
      options.signal?.throwIfAborted();
      const { digest, labels } = info;
      if (matches(fieldAdaptor({ digest, labels }))) yield info;
    }
  }

  /** Removes the record. The bytes stay in the backend until a collection finds that no namespace has them. */
  async delete(digest: Digest, options: CallOptions): Promise<void> {
    const namespace = requireNamespace(options);
    await this.#context.updates.update(async (tx) => {
      const current = await requireBlob(tx, namespace, digest);
      deleteRecord(tx, blobTable, [namespace], digest, current);
      removeFromLease(tx, options, "content", digest);
      markDirty(tx, "content");
    }, options.signal);
    await publish(this.#context, namespace, "/content/delete", ContentDeleteSchema, { digest });
  }

  async *read(digest: Digest, options: CallOptions & ReadOptions): AsyncGenerator<Uint8Array> {
    await requireBlob(this.#context.database, requireNamespace(options), digest);
    yield* this.#context.backend.read(digest, options);
  }

  async readerAt(digest: Digest, options: CallOptions): Promise<ReaderAt> {
    await requireBlob(this.#context.database, requireNamespace(options), digest);
    return await this.#context.backend.readerAt(digest, options);
  }

  async source(digest: Digest, options: CallOptions): Promise<Source | undefined> {
    await requireBlob(this.#context.database, requireNamespace(options), digest);
    return await this.#context.backend.source?.(digest, options);
  }

  async status(ref: string, options: CallOptions): Promise<Status> {
    const ingest = await requireIngest(this.#context.database, requireNamespace(options), ref);
    return { ...(await this.#context.backend.status(ingest.backendRef, options)), ref };
  }

  /** Those that have bytes of their own: one that is filled from another namespace's blob is not listed. */
  async listStatuses(options: CallOptions & ListOptions): Promise<readonly Status[]> {
    const namespace = requireNamespace(options);
    const matches = parseFilters(options.filters ?? []);
    const statuses: Status[] = [];
    for await (const { ref, backendRef } of listRecords(this.#context.database, ingestTable, [namespace])) {
      // As in containerd an empty ref would be present; there is none.
      if (!matches(fieldAdaptor({ ref }))) continue;
      const status = await this.#backendStatus(backendRef, options);
      if (status !== undefined) statuses.push({ ...status, ref });
    }
    return statuses;
  }

  async #backendStatus(backendRef: string, options: CallOptions): Promise<Status | undefined> {
    try {
      return await this.#context.backend.status(backendRef, options);
    } catch (err) {
      if (isNotFound(err)) return undefined;
      throw err;
    }
  }

  async abort(ref: string, options: CallOptions): Promise<void> {
    const namespace = requireNamespace(options);
    const { database, updates, locks } = this.#context;
    using _ = await locks.acquire([keyOf("ingest", namespace, ref)], options.signal);
    const ingest = await requireIngest(database, namespace, ref);
    await this.#abortBackend(ingest, options);
    await updates.update(async (tx) => {
      dropRecord(tx, ingestTable, [namespace], ref, await requireIngest(tx, namespace, ref));
      removeFromLease(tx, options, "ingests", ref);
    });
  }

  async #abortBackend({ backendRef }: Ingest, options: CallOptions): Promise<void> {
    try {
      await this.#context.backend.abort(backendRef, options);
    } catch (err) {
      // One that was filled from another namespace's blob, or that a crash left without bytes.
      if (!isNotFound(err)) throw err;
    }
  }

  async writer(ref: string, options: CallOptions & WriterOptions): Promise<Writer> {
    requireNamespace(options);
    if (ref === "") throw new InvalidArgumentError("ref must not be empty");
    return await openWriter(this.#context, ref, options);
  }
}

async function requireBlob(reader: Reader, namespace: string, digest: Digest): Promise<Info> {
  const info = await getRecord(reader, blobTable, [namespace], parseDigest(digest));
  if (info === undefined) throw new NotFoundError(`content digest ${digest}`);
  return info;
}

async function requireIngest(reader: Reader, namespace: string, ref: string): Promise<Ingest> {
  const ingest = await getRecord(reader, ingestTable, [namespace], ref);
  if (ingest === undefined) throw new NotFoundError(`reference ${ref}`);
  return ingest;
}
