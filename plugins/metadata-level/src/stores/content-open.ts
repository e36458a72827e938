import type { Writer, WriterOptions } from "@davit/content";
import type { Digest } from "@davit/digest";
import { AlreadyExistsError, isNotFound } from "@davit/errdefs";
import { LABEL_NAMESPACE_SHAREABLE } from "@davit/labels";
import type { CallOptions } from "@davit/namespaces";
import { now } from "@davit/time";
import { keyOf, lastPart, prefixOf } from "../db/keys.ts";
import type { Reader } from "../db/reader.ts";
import { blobTable, ingestTable, type Ingest } from "../records/content.ts";
import { addToLease, requireLease } from "../records/leased.ts";
import { getRecord, putRecord } from "../records/table.ts";
import { NamespacedWriter, type WriterParts } from "./content-writer.ts";
import { blobLock, type ContentContext } from "./content-context.ts";
import { labelsOf } from "./namespaces.ts";

/** How long an ingest without a lease is kept after its last opening: a day, in nanoseconds. */
const INGEST_LIFETIME = 86_400_000_000_000n;

type OpenOptions = CallOptions & WriterOptions;

/** Opens an ingest (reference 02 §3.3): the backend's first, then its record. */
export async function openWriter(
  context: ContentContext,
  ref: string,
  options: OpenOptions,
): Promise<Writer> {
  const { namespace, expected, mediaType } = options;
  using _ = await context.locks.acquire([keyOf("ingest", namespace, ref)], options.signal);
  if (expected !== undefined) await refuseExisting(context, expected, options);
  await requireLease(context.database, options);
  // The sequence of an ingest in containerd begins anew with each: it is always the first.
  const parts = { context, ref, backendRef: `${namespace}/1/${ref}`, namespace, openedAt: now(), mediaType };
  const filled = expected === undefined ? undefined : await openFilled(context, parts, expected, options);
  if (filled !== undefined) return filled;
  // Not with the expected digest: whether the backend has the blob is nothing that this namespace may learn.
  const writer = await context.backend.writer(parts.backendRef, { ...options, expected: undefined });
  try {
    await recordIngest(context, parts, options);
  } catch (err) {
    await writer[Symbol.asyncDispose]();
    throw err;
  }
  return new NamespacedWriter({ ...parts, writer });
}

/** An ingest that has all its bytes from a blob of another namespace, if there is one that may be shared. */
async function openFilled(
  context: ContentContext,
  parts: WriterParts,
  digest: Digest,
  options: OpenOptions,
): Promise<Writer | undefined> {
  // Until the record says that the blob is needed.
  using _ = await context.locks.acquire([blobLock(digest)], options.signal);
  const sizeBytes = await sharedSize(context, digest, options);
  if (sizeBytes === undefined) return undefined;
  await recordIngest(context, { ...parts, expected: digest }, options);
  return new NamespacedWriter({ ...parts, filled: { digest, sizeBytes } });
}

/** A blob that the namespace has is leased, and is there already. */
async function refuseExisting(context: ContentContext, digest: Digest, options: OpenOptions): Promise<void> {
  const { database, updates } = context;
  const { namespace } = options;
  if ((await getRecord(database, blobTable, [namespace], digest)) === undefined) return;
  const exists = await updates.update(async (tx) => {
    if ((await getRecord(tx, blobTable, [namespace], digest)) === undefined) return false;
    await addToLease(tx, options, "content", digest);
    return true;
  }, options.signal);
  if (exists) throw new AlreadyExistsError(`content ${digest}`);
}

/** The size of a blob that this namespace may take from another, if there is such a blob and it has the size asked for. */
async function sharedSize(
  context: ContentContext,
  digest: Digest,
  options: OpenOptions,
): Promise<bigint | undefined> {
  const { backend, database, policy } = context;
  const { total = 0n } = options;
  if (policy !== "shared" && !(await isShareable(database, digest))) return undefined;
  try {
    const { sizeBytes } = await backend.info(digest, options);
    return total === 0n || total === sizeBytes ? sizeBytes : undefined;
  } catch (err) {
    if (isNotFound(err)) return undefined;
    throw err;
  }
}

/** Whether a namespace that shares with all others has the blob. */
async function isShareable(reader: Reader, digest: Digest): Promise<boolean> {
  for await (const [key] of reader.range(prefixOf("namespace"))) {
    const namespace = lastPart(key);
    const labels = await labelsOf(reader, namespace);
    if (labels[LABEL_NAMESPACE_SHAREABLE] !== "true") continue;
    if ((await getRecord(reader, blobTable, [namespace], digest)) !== undefined) return true;
  }
  return false;
}

/** Writes the record of an ingest, or renews it. */
async function recordIngest(
  context: ContentContext,
  { ref, backendRef, expected }: Ingest,
  options: OpenOptions,
): Promise<void> {
  const { namespace } = options;
  await context.updates.update(async (tx) => {
    const current = await getRecord(tx, ingestTable, [namespace], ref);
    const leased = await addToLease(tx, options, "ingests", ref);
    // What was opened without a lease once keeps its time: the lease may go before.
    const expireAt = leased ? current?.expireAt : now() + INGEST_LIFETIME;
    await putRecord(tx, ingestTable, [namespace], ref, { ref, backendRef, expected, expireAt }, current);
  }, options.signal);
}
