import type { Digest } from "@davit/digest";
import type { CallOptions } from "@davit/namespaces";
import { pluginType, type PluginType } from "@davit/plugin";
import type { Status, Writer, WriterOptions } from "./writer.ts";

export const ContentPlugin: PluginType<ContentStore> = pluginType<ContentStore>("io.containerd.content.v1");

/** A committed blob. Instants are nanoseconds since 1970. */
export interface Info {
  readonly digest: Digest;
  readonly sizeBytes: bigint;
  readonly createdAt: bigint;
  readonly updatedAt: bigint;
  readonly labels: Readonly<Record<string, string>>;
}

/** A content-addressed store of immutable blobs (containerd core/content). */
export interface ContentStore {
  /** @throws NotFoundError when no blob of that digest is committed; InvalidArgumentError when it is no digest. */
  info(digest: Digest, options: CallOptions): Promise<Info>;
  /**
   * Changes labels: all of them, or with `fieldpaths` (`labels`, `labels.<key>`) just those; a value of "" deletes.
   * @throws FailedPreconditionError by stores that keep no labels; NotFoundError; InvalidArgumentError for other paths.
   */
  update(info: Pick<Info, "digest" | "labels">, options: CallOptions & UpdateOptions): Promise<Info>;
  /** Blobs that match any of the filters (fields `digest`, `labels.<key>`), in byte order of the digest. */
  list(options: CallOptions & ListOptions): AsyncIterable<Info>;
  /** @throws NotFoundError. */
  delete(digest: Digest, options: CallOptions): Promise<void>;
  /**
   * Yields the blob from `offset` (bytes, default 0), `sizeBytes` of it or all to its end. Chunks are borrowed: copy to keep.
   * @throws NotFoundError; OutOfRangeError when the offset lies beyond the end.
   */
  read(digest: Digest, options: CallOptions & ReadOptions): AsyncIterable<Uint8Array>;
  /** Opens a blob for reading at any place. The caller closes it. @throws NotFoundError. */
  readerAt(digest: Digest, options: CallOptions): Promise<ReaderAt>;
  /** @throws NotFoundError when no ingest of that ref is under way. */
  status(ref: string, options: CallOptions): Promise<Status>;
  /** Ingests that match any of the filters (field `ref`). */
  listStatuses(options: CallOptions & ListOptions): Promise<readonly Status[]>;
  /** Drops an ingest and its bytes, even while a writer is open. @throws NotFoundError. */
  abort(ref: string, options: CallOptions): Promise<void>;
  /**
   * Opens the ingest `ref`, or resumes it. The ref is locked until the writer is closed or has committed.
   * @throws UnavailableError while another writer holds the ref; AlreadyExistsError when `expected` is committed already;
   *   InvalidArgumentError when the ref is empty.
   */
  writer(ref: string, options: CallOptions & WriterOptions): Promise<Writer>;
  /**
   * The blob as a file of this process, for threads that read on their own. A store that has no file gives undefined, and
   * is then read as a stream. The caller closes it. @throws NotFoundError.
   */
  source?(digest: Digest, options: CallOptions): Promise<Source | undefined>;
}

export interface UpdateOptions {
  readonly fieldpaths?: readonly string[] | undefined;
}

export interface ListOptions {
  /** containerd's filter language; OR-ed; none matches all. */
  readonly filters?: readonly string[] | undefined;
}

export interface ReadOptions {
  readonly offset?: bigint | undefined;
  /** How many bytes; 0 or absent reads to the end. */
  readonly sizeBytes?: bigint | undefined;
}

/** An open blob. */
export interface ReaderAt extends AsyncDisposable {
  readonly sizeBytes: bigint;
  /** Fills `buffer` from byte `position`; resolves with the bytes read, fewer than asked only at the end. */
  read(buffer: Uint8Array, position: bigint): Promise<number>;
}

/** A blob as an open descriptor of this process. Closing it is the owner's. */
export interface Source extends AsyncDisposable {
  readonly fd: number;
  readonly sizeBytes: bigint;
  /** While the blob still grows: a BigInt64Array's buffer whose first element is the count of bytes there are, −1 once it failed. */
  readonly available?: SharedArrayBuffer | undefined;
}
