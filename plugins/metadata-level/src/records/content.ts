import type { Info } from "@davit/content";
import type { Digest } from "@davit/digest";
import { keyOf } from "../db/keys.ts";
import { gcRecordsOfLabels, refKey, type Node } from "./gc.ts";
import type { Table } from "./table.ts";
import { instantToText } from "./values.ts";

interface StoredBlob {
  readonly sizeBytes: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** `blob <namespace> <digest>`: the blob can be seen in the namespace. */
export const blobTable: Table<Info> = {
  name: "blob",
  encode: ({ sizeBytes, createdAt, updatedAt, labels }): StoredBlob => ({
    sizeBytes: String(sizeBytes),
    createdAt: instantToText(createdAt),
    updatedAt: instantToText(updatedAt),
    labels,
  }),
  decode(digest, value) {
    const { sizeBytes, createdAt, updatedAt, labels } = value as StoredBlob;
    return {
      digest: digest as Digest,
      sizeBytes: BigInt(sizeBytes),
      createdAt: BigInt(createdAt),
      updatedAt: BigInt(updatedAt),
      labels,
    };
  },
  gcRecords: ([namespace = ""], { digest, labels }) =>
    gcRecordsOfLabels({ namespace, kind: "content", key: digest }, labels),
};

/** An ingest of a namespace. */
export interface Ingest {
  readonly ref: string;
  /** The ref in the backend. */
  readonly backendRef: string;
  /** When it may be dropped, unless a lease keeps it; undefined for one that only leases keep. */
  readonly expireAt?: bigint | undefined;
  /** Of an ingest that is filled from a blob of another namespace: that blob. */
  readonly expected?: Digest | undefined;
}

interface StoredIngest {
  readonly backendRef: string;
  readonly expireAt?: string | undefined;
  readonly expected?: Digest | undefined;
}

/** `ingest <namespace> <ref>` */
export const ingestTable: Table<Ingest> = {
  name: "ingest",
  encode: ({ backendRef, expireAt, expected }): StoredIngest => ({
    backendRef,
    expireAt: expireAt === undefined ? undefined : instantToText(expireAt),
    expected,
  }),
  decode(ref, value) {
    const { backendRef, expireAt, expected } = value as StoredIngest;
    return { ref, backendRef, expireAt: expireAt === undefined ? undefined : BigInt(expireAt), expected };
  },
  gcRecords([namespace = ""], { ref, expireAt, expected }) {
    const node: Node = { namespace, kind: "ingest", key: ref };
    const records = new Map<string, string>();
    if (expireAt !== undefined)
      records.set(keyOf("expire", namespace, "ingest", ref), instantToText(expireAt));
    if (expected !== undefined) records.set(refKey(node, "content", expected), "");
    return records;
  },
};
