import {
  LABEL_GC_BREF_CONTAINER,
  LABEL_GC_BREF_CONTENT,
  LABEL_GC_BREF_IMAGE,
  LABEL_GC_BREF_SNAPSHOT,
  LABEL_GC_COND_SNAPSHOT,
  LABEL_GC_COND_USED_AT,
  LABEL_GC_EXPIRE,
  LABEL_GC_FLAT,
  LABEL_GC_REF_CONTENT,
  LABEL_GC_REF_IMAGE,
  LABEL_GC_REF_MOUNT,
  LABEL_GC_REF_SNAPSHOT,
  LABEL_GC_REF_STREAM,
  LABEL_GC_ROOT,
  type Labels,
} from "@davit/labels";
import { parseRfc3339 } from "@davit/time";
import { keyOf } from "../db/keys.ts";

/** What the collector of garbage knows: nodes of its graph, and sandboxes, which only refer. */
export type NodeKind =
  | "content"
  | "snapshot"
  | "container"
  | "image"
  | "lease"
  | "ingest"
  | "stream"
  | "mount"
  | "sandbox";

/** A thing that is kept or collected; a snapshot's key is `<snapshotter>/<key>`. */
export interface Node {
  readonly namespace: string;
  readonly kind: NodeKind;
  readonly key: string;
}

/** Records that the collector reads instead of values: by key, and the little text it needs beside it. */
export type GcRecords = ReadonlyMap<string, string>;

/** `<snapshotter>/<key>` */
export const snapshotNodeKey = (snapshotter: string, key: string): string => `${snapshotter}/${key}`;

export const refKey = (from: Node, kind: NodeKind, key: string): string =>
  keyOf("ref", from.namespace, from.kind, from.key, kind, key);

/** Forward references of plain labels: the name of the label, and what its value names. */
const forward: Readonly<Record<string, NodeKind>> = {
  [LABEL_GC_REF_CONTENT]: "content",
  [LABEL_GC_REF_IMAGE]: "image",
  [LABEL_GC_REF_STREAM]: "stream",
  [LABEL_GC_REF_MOUNT]: "mount",
};
const backward: Readonly<Record<string, NodeKind>> = {
  [LABEL_GC_BREF_CONTAINER]: "container",
  [LABEL_GC_BREF_CONTENT]: "content",
  [LABEL_GC_BREF_IMAGE]: "image",
};

/** Which labels mean something on which kind (reference 02 §4.1); the others have `ref` labels alone. */
const rootable: readonly NodeKind[] = ["content", "snapshot"];
const referring: readonly NodeKind[] = ["content", "image", "snapshot", "container", "sandbox"];
const attachable: readonly NodeKind[] = ["content", "image", "snapshot", "container"];
const conditional: readonly NodeKind[] = ["content", "image"];
const expiring: readonly NodeKind[] = ["image", "lease"];

/** What the labels of an object tell the collector. */
export function gcRecordsOfLabels(node: Node, labels: Labels): Map<string, string> {
  const records = new Map<string, string>();
  for (const [label, value] of Object.entries(labels))
    if (label.startsWith("containerd.io/gc.")) addLabel(records, node, label, value);
  return records;
}

function addLabel(records: Map<string, string>, node: Node, label: string, value: string): void {
  const { namespace, kind, key } = node;
  if (referring.includes(kind)) {
    const target = targetOf(label, value, forward, LABEL_GC_REF_SNAPSHOT);
    if (target !== undefined) records.set(refKey(node, ...target), "");
  }
  if (attachable.includes(kind)) {
    const target = targetOf(label, value, backward, LABEL_GC_BREF_SNAPSHOT);
    if (target !== undefined) records.set(keyOf("bref", namespace, ...target, kind, key), "");
  }
  if (rootable.includes(kind) && label.startsWith(LABEL_GC_ROOT))
    records.set(keyOf("root", namespace, kind, key), "");
  if (conditional.includes(kind) && label.startsWith(LABEL_GC_COND_SNAPSHOT)) {
    const snapshot = conditionOf(label, value);
    if (snapshot !== undefined) records.set(keyOf("cond", namespace, kind, key, ...snapshot), "");
  }
  if (expiring.includes(kind) && label === LABEL_GC_EXPIRE) setInstant(records, "expire", node, value);
  if (kind === "snapshot" && label === LABEL_GC_COND_USED_AT) setInstant(records, "used", node, value);
  if (kind === "lease" && label === LABEL_GC_FLAT) records.set(keyOf("flat", namespace, key), "");
}

/** What a reference label points at. A name may follow it, after `.` or `/`; of a snapshot the snapshotter comes first. */
function targetOf(
  label: string,
  value: string,
  plain: Readonly<Record<string, NodeKind>>,
  snapshotLabel: string,
): [NodeKind, string] | undefined {
  for (const [name, kind] of Object.entries(plain))
    if (label === name || label.startsWith(`${name}.`) || label.startsWith(`${name}/`)) return [kind, value];
  if (!label.startsWith(`${snapshotLabel}.`)) return undefined;
  const [snapshotter = ""] = label.slice(snapshotLabel.length + 1).split("/");
  return ["snapshot", snapshotNodeKey(snapshotter, value)];
}

/** `cond[,cond…]|<snapshot key>`: the snapshot, then the conditions as they are; the collector reads those. */
function conditionOf(label: string, value: string): [string, string] | undefined {
  const bar = value.indexOf("|");
  if (bar < 0) return undefined;
  const [snapshotter = ""] = label
    .slice(LABEL_GC_COND_SNAPSHOT.length)
    .replace(/^[./]+/, "")
    .split("/");
  return [snapshotNodeKey(snapshotter, value.slice(bar + 1)), value.slice(0, bar)];
}

/** A time that does not parse is as good as none. */
function setInstant(records: Map<string, string>, table: string, node: Node, value: string): void {
  const instant = parseRfc3339(value);
  if (instant !== undefined) records.set(keyOf(table, node.namespace, node.kind, node.key), String(instant));
}
