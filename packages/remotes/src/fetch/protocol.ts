import type { Digest } from "@davit/digest";
import type { HttpRequest } from "../http/message.ts";
import type { Failure } from "../http/failure.ts";
import type { TransportSettings } from "../http/settings.ts";

/** A blob and the file it goes to. */
export interface BlobTarget {
  /** Open for reading and writing; it stays the main thread's, who closes it when the job has answered. */
  readonly fd: number;
  /** Bytes that are there already. They are hashed again, and dropped when they cannot be the blob's. */
  readonly offset: number;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  /** A BigInt64Array's buffer; its first element becomes the count of bytes that are written. */
  readonly progress: SharedArrayBuffer;
}

/** From the main thread to a fetching one. */
export type Command =
  | { readonly type: "open"; readonly job: number; readonly blob: BlobTarget }
  /** Tries a request; answered by one `Answer`. */
  | {
      readonly type: "request";
      readonly job: number;
      readonly request: HttpRequest;
      readonly settings: TransportSettings;
    }
  /** Ends the request that runs, which then answers `canceled`. */
  | { readonly type: "cancel"; readonly job: number }
  | { readonly type: "close"; readonly job: number };

/** From a fetching thread. */
export interface Answer {
  readonly job: number;
  readonly outcome: Outcome;
}

/** How a request for a blob ended. */
export type Outcome =
  | { readonly ok: true; readonly digest: Digest; readonly size: number }
  | { readonly ok: false; readonly failure: Failure | BlobFailure; readonly written: number };

/** A failure that is not HTTP's. */
export interface BlobFailure {
  readonly kind: BlobFailureKind;
  readonly text: string;
  /** The operating system's name of the error, such as `ENOSPC`. */
  readonly errno?: string | undefined;
}

/**
 * - `content`: the bytes are not the blob; they have been dropped
 * - `answer`: the headers promise something else than the blob; nothing was written
 * - `disk`: the file could not be read or written
 * - `canceled`: on command
 */
export type BlobFailureKind = "content" | "answer" | "disk" | "canceled";
