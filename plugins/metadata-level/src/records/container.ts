import type { Container } from "@davit/containers";
import { gcRecordsOfLabels, refKey, snapshotNodeKey, type Node } from "./gc.ts";
import type { Table } from "./table.ts";
import { anyFromRecord, anyToRecord, instantToText, mapValues, type AnyRecord } from "./values.ts";

interface Stored {
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly image: string;
  readonly runtime: { readonly name: string; readonly options?: AnyRecord | undefined };
  readonly spec?: AnyRecord | undefined;
  readonly snapshotter: string;
  readonly snapshotKey: string;
  readonly sandboxId: string;
  readonly extensions: Readonly<Record<string, AnyRecord>>;
}

/** `container <namespace> <id>` */
export const containerTable: Table<Container> = {
  name: "container",
  encode: ({ runtime, spec, extensions, createdAt, updatedAt, ...container }): Stored => ({
    createdAt: instantToText(createdAt),
    updatedAt: instantToText(updatedAt),
    labels: container.labels,
    image: container.image,
    snapshotter: container.snapshotter,
    snapshotKey: container.snapshotKey,
    sandboxId: container.sandboxId,
    runtime: { name: runtime.name, options: runtime.options && anyToRecord(runtime.options) },
    spec: spec && anyToRecord(spec),
    extensions: mapValues(extensions, anyToRecord),
  }),
  decode(id, value) {
    const { createdAt, updatedAt, runtime, spec, extensions, ...rest } = value as Stored;
    return {
      id,
      ...rest,
      createdAt: BigInt(createdAt),
      updatedAt: BigInt(updatedAt),
      runtime: { name: runtime.name, options: runtime.options && anyFromRecord(runtime.options) },
      spec: spec && anyFromRecord(spec),
      extensions: mapValues(extensions, anyFromRecord),
    };
  },
  gcRecords([namespace = ""], { id, labels, snapshotter, snapshotKey }) {
    const node: Node = { namespace, kind: "container", key: id };
    const records = gcRecordsOfLabels(node, labels);
    if (snapshotter !== "" && snapshotKey !== "")
      records.set(refKey(node, "snapshot", snapshotNodeKey(snapshotter, snapshotKey)), "");
    return records;
  },
};
