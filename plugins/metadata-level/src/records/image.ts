import type { Image } from "@davit/images";
import type { Descriptor } from "@davit/oci";
import { gcRecordsOfLabels, refKey, type Node } from "./gc.ts";
import type { Table } from "./table.ts";
import { instantToText } from "./values.ts";

interface Stored {
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly target: Descriptor;
}

/** `image <namespace> <name>` */
export const imageTable: Table<Image> = {
  name: "image",
  encode: ({ createdAt, updatedAt, labels, target }): Stored => ({
    createdAt: instantToText(createdAt),
    updatedAt: instantToText(updatedAt),
    labels,
    target,
  }),
  decode(name, value) {
    const { createdAt, updatedAt, labels, target } = value as Stored;
    return { name, labels, target, createdAt: BigInt(createdAt), updatedAt: BigInt(updatedAt) };
  },
  gcRecords([namespace = ""], { name, labels, target }) {
    const node: Node = { namespace, kind: "image", key: name };
    return gcRecordsOfLabels(node, labels).set(refKey(node, "content", target.digest), "");
  },
};
