import type { Adaptor } from "@davit/filters";
import { isInheritedSnapshotLabel, type Labels } from "@davit/labels";
import type { Info, Snapshotter } from "@davit/snapshots";
import { keyOf } from "../db/keys.ts";
import type { SnapshotRecord } from "../records/snapshot.ts";
import type { Scope } from "../records/table.ts";
import type { BackendKeys } from "./backend-keys.ts";
import type { StoreContext } from "./context.ts";

/** What the snapshots of one snapshotter, of all namespaces, stand on. */
export interface SnapshotContext extends StoreContext {
  /** Id of the backend's plugin. */
  readonly snapshotter: string;
  readonly backend: Snapshotter;
  readonly keys: BackendKeys;
}

export interface LabelOptions {
  readonly labels?: Labels | undefined;
}

/** The lock over a key or name. */
export const snapshotLock = (scope: Scope, key: string): string => keyOf("snapshot", ...scope, key);

/** What the backend is told of the labels. */
export const inheritedLabels = (labels: Labels): Labels =>
  Object.fromEntries(Object.entries(labels).filter(([key]) => isInheritedSnapshotLabel(key)));

/** What the backend says of a snapshot, under the names, times and labels that the namespace gave it. */
export const overlayInfo = (
  info: Info,
  { key, parent, createdAt, updatedAt, labels }: SnapshotRecord,
): Info => ({
  ...info,
  name: key,
  parent,
  createdAt,
  updatedAt,
  labels: { ...info.labels, ...labels },
});

/** Names, parents and kinds are there even when empty, as in containerd. */
export const adaptorOf =
  ({ name, parent, kind, labels }: Info): Adaptor =>
  ([first = "", ...rest]) => {
    if (first !== "labels") return { name, parent, kind }[first];
    const key = rest.join(".");
    return Object.hasOwn(labels, key) ? labels[key] : undefined;
  };
