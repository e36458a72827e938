import type { Sandbox } from "@davit/sandbox";
import { gcRecordsOfLabels } from "./gc.ts";
import type { Table } from "./table.ts";
import { anyFromRecord, anyToRecord, instantToText, mapValues, type AnyRecord } from "./values.ts";

interface Stored {
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly runtime: { readonly name: string; readonly options?: AnyRecord | undefined };
  readonly spec?: AnyRecord | undefined;
  readonly sandboxer: string;
  readonly extensions: Readonly<Record<string, AnyRecord>>;
}

/** `sandbox <namespace> <id>` */
export const sandboxTable: Table<Sandbox> = {
  name: "sandbox",
  encode: ({ labels, sandboxer, runtime, spec, extensions, createdAt, updatedAt }): Stored => ({
    createdAt: instantToText(createdAt),
    updatedAt: instantToText(updatedAt),
    labels,
    sandboxer,
    runtime: { name: runtime.name, options: runtime.options && anyToRecord(runtime.options) },
    spec: spec && anyToRecord(spec),
    extensions: mapValues(extensions, anyToRecord),
  }),
  decode(id, value) {
    const { createdAt, updatedAt, runtime, spec, extensions, labels, sandboxer } = value as Stored;
    return {
      id,
      labels,
      sandboxer,
      createdAt: BigInt(createdAt),
      updatedAt: BigInt(updatedAt),
      runtime: { name: runtime.name, options: runtime.options && anyFromRecord(runtime.options) },
      spec: spec && anyFromRecord(spec),
      extensions: mapValues(extensions, anyFromRecord),
    };
  },
  gcRecords: ([namespace = ""], { id, labels }) =>
    gcRecordsOfLabels({ namespace, kind: "sandbox", key: id }, labels),
};
