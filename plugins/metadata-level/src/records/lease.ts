import type { Lease } from "@davit/leases";
import { gcRecordsOfLabels } from "./gc.ts";
import type { Table } from "./table.ts";
import { instantToText } from "./values.ts";

interface Stored {
  readonly createdAt: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** `lease <namespace> <id>` */
export const leaseTable: Table<Lease> = {
  name: "lease",
  encode: ({ createdAt, labels }): Stored => ({ createdAt: instantToText(createdAt), labels }),
  decode(id, value) {
    const { createdAt, labels } = value as Stored;
    return { id, labels, createdAt: BigInt(createdAt) };
  },
  gcRecords: ([namespace = ""], { id, labels }) =>
    gcRecordsOfLabels({ namespace, kind: "lease", key: id }, labels),
};
