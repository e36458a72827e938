import type {
  ContentStore,
  Info,
  ListOptions,
  ReaderAt,
  ReadOptions,
  Status,
  UpdateOptions,
  Writer,
  WriterOptions,
} from "@davit/content";
import { parseDigest, type Digest } from "@davit/digest";
import {
  AlreadyExistsError,
  InvalidArgumentError,
  NotFoundError,
  OutOfRangeError,
  UnavailableError,
} from "@davit/errdefs";
import { fieldAdaptor, parseFilters } from "@davit/filters";
import { unknownPathOf, updateLabels, validateLabels } from "@davit/labels";
import { requireNamespace, type CallOptions } from "@davit/namespaces";
import { formatDuration, formatRfc3339, now } from "@davit/time";
import { MemoryIngest, MemoryWriter } from "./memory-writer.ts";

/** What a namespace holds. */
interface Space {
  readonly blobs: Map<Digest, { readonly data: Buffer; info: Info }>;
  readonly ingests: Map<string, MemoryIngest>;
}

/**
 * A content store in memory, with labels and namespaces, that passes the suite: for tests of what needs a content store,
 * and to read as the shortest way to implement one.
 */
export class MemoryStore implements ContentStore, AsyncDisposable {
  readonly #spaces = new Map<string, Space>();

  async info(digest: Digest, call: CallOptions): Promise<Info> {
    return this.#blob(digest, call).info;
  }

  async update(
    { digest, labels }: Pick<Info, "digest" | "labels">,
    { fieldpaths = [], ...call }: CallOptions & UpdateOptions,
  ): Promise<Info> {
    const blob = this.#blob(digest, call);
    const unknown = unknownPathOf(fieldpaths, ["labels", "labels.*"]);
    if (unknown !== undefined)
      throw new InvalidArgumentError(`cannot update "${unknown}" field on ${digest}`);
    const updated = updateLabels(blob.info.labels, labels, fieldpaths);
    validateLabels(updated);
    blob.info = { ...blob.info, labels: updated, updatedAt: now() };
    return blob.info;
  }

  async *list({ filters = [], ...call }: CallOptions & ListOptions): AsyncGenerator<Info> {
    const matches = parseFilters(filters);
    const infos = [...this.#space(call).blobs.values()].map(({ info }) => info);
    for (const info of infos.toSorted((a, b) => (a.digest < b.digest ? -1 : 1)))
      if (matches(fieldAdaptor({ digest: info.digest, labels: info.labels }))) yield info;
  }

  async delete(digest: Digest, call: CallOptions): Promise<void> {
    this.#blob(digest, call);
    this.#space(call).blobs.delete(digest);
  }

  async *read(
    digest: Digest,
    { offset = 0n, sizeBytes = 0n, ...call }: CallOptions & ReadOptions,
  ): AsyncGenerator<Uint8Array> {
    const { data } = this.#blob(digest, call);
    if (offset > data.length) throw new OutOfRangeError(`read past object length ${data.length} bytes`);
    yield data.subarray(Number(offset), sizeBytes > 0n ? Number(offset + sizeBytes) : data.length);
  }

  async readerAt(digest: Digest, call: CallOptions): Promise<ReaderAt> {
    const { data } = this.#blob(digest, call);
    return {
      sizeBytes: BigInt(data.length),
      read: async (buffer, position) =>
        data.copy(buffer, 0, Number(position), Number(position) + buffer.length),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }

  async status(ref: string, call: CallOptions): Promise<Status> {
    return this.#ingest(ref, call).status();
  }

  async listStatuses({ filters = [], ...call }: CallOptions & ListOptions): Promise<readonly Status[]> {
    const matches = parseFilters(filters);
    return [...this.#space(call).ingests.values()]
      .filter(({ ref }) => matches(fieldAdaptor({ ref })))
      .toSorted((a, b) => Buffer.compare(Buffer.from(a.ref), Buffer.from(b.ref)))
      .map((ingest) => ingest.status());
  }

  async abort(ref: string, call: CallOptions): Promise<void> {
    this.#ingest(ref, call);
    this.#space(call).ingests.delete(ref);
  }

  async writer(ref: string, { total = 0n, expected, ...call }: CallOptions & WriterOptions): Promise<Writer> {
    const { blobs, ingests } = this.#space(call);
    if (ref === "") throw new InvalidArgumentError("ref must not be empty");
    if (expected !== undefined && blobs.has(expected)) throw new AlreadyExistsError(`content ${expected}`);
    const known = ingests.get(ref);
    if (known?.lockedAt !== undefined)
      throw new UnavailableError(
        `ref ${ref} locked for ${formatDuration(now() - known.lockedAt)} (since ${formatRfc3339(known.lockedAt)})`,
      );
    const ingest = known ?? new MemoryIngest(ref);
    ingest.begin(total, expected);
    ingests.set(ref, ingest);
    return new MemoryWriter(ingest, (data, digest, labels) => {
      if (ingests.get(ref) !== ingest) throw new NotFoundError(`ingest ref "${ref}"`);
      validateLabels(labels);
      ingests.delete(ref);
      if (blobs.has(digest)) throw new AlreadyExistsError(`content ${digest}`);
      const at = now();
      const info = { digest, sizeBytes: BigInt(data.length), createdAt: at, updatedAt: at };
      blobs.set(digest, { data, info: { ...info, labels: updateLabels({}, labels) } });
    });
  }

  /** Forgets everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#spaces.clear();
  }

  #space(call: CallOptions): Space {
    const namespace = requireNamespace(call);
    let space = this.#spaces.get(namespace);
    if (space === undefined) this.#spaces.set(namespace, (space = { blobs: new Map(), ingests: new Map() }));
    return space;
  }

  #blob(digest: Digest, call: CallOptions): { readonly data: Buffer; info: Info } {
    const blob = this.#space(call).blobs.get(parseDigest(digest));
    if (blob === undefined) throw new NotFoundError(`content digest ${digest}`);
    return blob;
  }

  #ingest(ref: string, call: CallOptions): MemoryIngest {
    const ingest = this.#space(call).ingests.get(ref);
    if (ingest === undefined) throw new NotFoundError(`reference ${ref}`);
    return ingest;
  }
}
