import { randomBytes } from "node:crypto";
import type { Content } from "@davit/api/services/content";
import type { ContentStore, Info } from "@davit/content";
import { algorithms, digestOf, type Algorithm, type Digest } from "@davit/digest";
import type { Client } from "@davit/grpc/client";
import type { CallOptions } from "@davit/namespaces";

/** What a store may do beyond the contract of all. */
export interface ContentSupports {
  /** It keeps labels. One that does not refuses `update()` with FailedPrecondition. */
  readonly labels?: boolean;
  /** Blobs and ingests are seen in their namespace only, and a call without one fails. */
  readonly namespaces?: boolean;
  /** A blob that another namespace has need not be sent again: its writer has the bytes from the start. */
  readonly sharing?: boolean;
  /** `delete()` frees the bytes; without it they stay until garbage is collected, and may be taken up again. */
  readonly immediateDelete?: boolean;
  /** It offers `source()` and `Writer.delegate()`: its blobs are files of this process. */
  readonly files?: boolean;
  /** The digests it takes; default sha256, sha384 and sha512. containerd takes sha256 alone before version 2. */
  readonly algorithms?: readonly Algorithm[];
}

/** What a test is given. */
export interface Trial {
  readonly store: ContentStore;
  readonly call: CallOptions;
  readonly supports: ContentSupports;
}

/** Defines one test. */
export type Define = (name: string, body: (trial: Trial) => Promise<void>) => void;

/** What a test of the service is given. */
export interface ServiceTrial {
  readonly client: Client<typeof Content>;
  readonly call: CallOptions;
}

/** Defines one test of the service. */
export type ServiceDefine = (name: string, body: (trial: ServiceTrial) => Promise<void>) => void;

export const uniqueNamespace = (): string => `testsuite-${randomBytes(6).toString("hex")}`;

/** A blob that no other test has. */
export interface Blob {
  readonly data: Buffer;
  readonly digest: Digest;
  readonly sizeBytes: bigint;
}

/** The algorithms a store takes beside the one that all take. */
export const furtherAlgorithms = (supports: ContentSupports): readonly Algorithm[] =>
  (supports.algorithms ?? algorithms).filter((algorithm) => algorithm !== "sha256");

export function blobOf(data: Buffer, algorithm: Algorithm = "sha256"): Blob {
  return { data, digest: digestOf(data, algorithm), sizeBytes: BigInt(data.length) };
}

export const randomBlob = (size = 1000): Blob => blobOf(randomBytes(size));

/** Writes and commits a blob in one go. */
export async function put(
  { store, call }: Pick<Trial, "store" | "call">,
  blob: Blob,
  options: { readonly ref?: string; readonly labels?: Readonly<Record<string, string>> } = {},
): Promise<void> {
  const { ref = `put-${blob.digest}`, labels } = options;
  await using writer = await store.writer(ref, { ...call, total: blob.sizeBytes, expected: blob.digest });
  if (writer.status().offset === 0n) await writer.write(blob.data);
  await writer.commit({ ...call, sizeBytes: blob.sizeBytes, expected: blob.digest, labels });
}

/** Leaves an ingest with some bytes behind, closed. */
export async function leave({ store, call }: Trial, ref: string, data: Uint8Array): Promise<void> {
  await using writer = await store.writer(ref, call);
  await writer.write(data);
}

/** All chunks in one; the chunks are borrowed, and so copied. */
export async function gather(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const copies: Buffer[] = [];
  for await (const chunk of chunks) copies.push(Buffer.from(chunk));
  return Buffer.concat(copies);
}

export async function listed({ store, call }: Trial, filters?: readonly string[]): Promise<Info[]> {
  const infos: Info[] = [];
  for await (const info of store.list({ ...call, filters })) infos.push(info);
  return infos;
}
