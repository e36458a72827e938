import type { ContentStore, Source } from "@davit/content";
import type { Digest } from "@davit/digest";
import type { CallOptions } from "@davit/namespaces";
import { Spool } from "./spool.ts";

/** The bytes of a layer, where a worker can read them. */
export interface LayerBlob extends AsyncDisposable {
  readonly source: Pick<Source, "fd" | "sizeBytes" | "available">;
  /** Throws what really happened when a reader only saw the bytes end. */
  readonly throwIfFailed: () => void;
}

/** Where blobs come from. */
export interface BlobOptions {
  /** The caller has the bytes at hand; it closes them. */
  readonly given?: Source | undefined;
  /** For copies of blobs whose store has no files. */
  readonly spoolDir: string;
}

/**
 * Opens a blob: what the caller has, else the store's file, else a copy of what the store streams.
 * @throws the store's error behind containerd's words.
 */
export async function openBlob(
  store: ContentStore,
  digest: Digest,
  { given, spoolDir }: BlobOptions,
  options: CallOptions,
): Promise<LayerBlob> {
  if (given !== undefined)
    return { source: given, throwIfFailed: () => {}, [Symbol.asyncDispose]: async () => {} };
  try {
    const file = await store.source?.(digest, options);
    if (file !== undefined) return owned(file, () => {});
    const spool = await Spool.open(store, digest, spoolDir, options);
    return owned(spool, () => spool.throwIfFailed());
  } catch (cause) {
    throw new Error("failed to get reader from content store", { cause });
  }
}

const owned = (source: Source, throwIfFailed: () => void): LayerBlob => ({
  source,
  throwIfFailed,
  [Symbol.asyncDispose]: async () => source[Symbol.asyncDispose](),
});
