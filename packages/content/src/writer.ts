import type { Digest } from "@davit/digest";
import type { CallOptions } from "@davit/namespaces";

/** An ingest under way. Instants are nanoseconds since 1970. */
export interface Status {
  readonly ref: string;
  /** Bytes written so far. */
  readonly offset: bigint;
  /** Bytes there will be; 0 when unknown. */
  readonly total: bigint;
  readonly expected?: Digest | undefined;
  readonly startedAt: bigint;
  readonly updatedAt: bigint;
}

export interface WriterOptions {
  /** Size of the whole blob in bytes; 0 or absent when unknown. */
  readonly total?: bigint | undefined;
  readonly expected?: Digest | undefined;
  /** The media type of the blob, where the writer knows it: the event of the commit tells it. */
  readonly mediaType?: string | undefined;
}

export interface CommitOptions {
  /** Checked against the bytes written; 0 or absent is not checked. */
  readonly sizeBytes?: bigint | undefined;
  readonly expected?: Digest | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/**
 * An open ingest. Disposing it without a commit keeps what was written: the next writer of the ref resumes there.
 * Calls are made one after another.
 */
export interface Writer extends AsyncDisposable {
  status(): Status;
  /** Digest of the bytes so far. */
  digest(): Digest;
  /** Appends; the data are the caller's again when the promise resolves. */
  write(data: Uint8Array): Promise<void>;
  /** Starts over. Only 0 is supported. */
  truncate(sizeBytes: bigint): Promise<void>;
  /**
   * Makes the blob visible, durably, and closes the writer.
   * @throws FailedPreconditionError when size or digest differ (the ingest stays, resumable); AlreadyExistsError when the
   *   blob is there already (the ingest is gone).
   */
  commit(options: CallOptions & CommitOptions): Promise<Digest>;
  /**
   * Hands the file to another thread, which appends from `offset` on and hashes. Until `finished` is called nothing else
   * may be done with the writer. A store without files, or an ingest that has its bytes already, gives undefined.
   */
  delegate?(): Delegation | undefined;
}

/** The file of an ingest in another thread's hands. */
export interface Delegation {
  /** Open for reading and writing; it stays the writer's, who closes it. */
  readonly fd: number;
  /** Bytes that are there already; they count in the digest. */
  readonly offset: bigint;
  /** Takes the file back: what was written, and the digest of all of it. */
  finished(written: { readonly sizeBytes: bigint; readonly digest: Digest }): void;
}
