import { keyOf } from "../db/keys.ts";
import { gcRecordsOfLabels, refKey, snapshotNodeKey, type Node } from "./gc.ts";
import type { Table } from "./table.ts";
import { instantToText } from "./values.ts";

/** A snapshot of a namespace. */
export interface SnapshotRecord {
  /** The key, or of a committed one the name. */
  readonly key: string;
  /** The key in the backend. */
  readonly backendKey: string;
  /** "" for none. */
  readonly parent: string;
  readonly createdAt: bigint;
  readonly updatedAt: bigint;
  readonly labels: Readonly<Record<string, string>>;
}

interface Stored {
  readonly backendKey: string;
  readonly parent: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** `snapshot <namespace> <snapshotter> <key>` */
export const snapshotTable: Table<SnapshotRecord> = {
  name: "snapshot",
  encode: ({ backendKey, parent, createdAt, updatedAt, labels }): Stored => ({
    backendKey,
    parent,
    createdAt: instantToText(createdAt),
    updatedAt: instantToText(updatedAt),
    labels,
  }),
  decode(key, value) {
    const { backendKey, parent, createdAt, updatedAt, labels } = value as Stored;
    return { key, backendKey, parent, labels, createdAt: BigInt(createdAt), updatedAt: BigInt(updatedAt) };
  },
  gcRecords([namespace = "", snapshotter = ""], { key, backendKey, parent, labels }) {
    const node: Node = { namespace, kind: "snapshot", key: snapshotNodeKey(snapshotter, key) };
    const records = gcRecordsOfLabels(node, labels);
    // By backend key, so that what the backend holds without a record is found without reading values.
    records.set(keyOf("backend", snapshotter, backendKey, namespace, key), "");
    if (parent === "") return records;
    return records
      .set(refKey(node, "snapshot", snapshotNodeKey(snapshotter, parent)), "")
      .set(keyOf("child", namespace, snapshotter, parent, key), "");
  },
};
