import type { Mount } from "@davit/mount";
import type { CallOptions } from "@davit/namespaces";
import { pluginType, type PluginType } from "@davit/plugin";

export const SnapshotPlugin: PluginType<Snapshotter> = pluginType<Snapshotter>(
  "io.containerd.snapshotter.v1",
);

export type Kind = "view" | "active" | "committed";

/** A snapshot. Instants are nanoseconds since 1970. */
export interface Info {
  readonly name: string;
  /** Name of the committed snapshot it stands on; "" for none. */
  readonly parent: string;
  readonly kind: Kind;
  readonly createdAt: bigint;
  readonly updatedAt: bigint;
  readonly labels: Readonly<Record<string, string>>;
}

/** What a snapshot takes by itself, without its parents. */
export interface Usage {
  readonly sizeBytes: bigint;
  readonly inodes: bigint;
}

export type SnapshotLabels = Readonly<Record<string, string>>;

/**
 * Keeps layers of file systems (containerd core/snapshots; reference 03 §1). Active keys and committed names share one
 * space. A snapshotter keeps its own records, and never requires the metadata store.
 */
export interface Snapshotter {
  /** @throws NotFoundError. */
  stat(key: string, options: CallOptions): Promise<Info>;
  /**
   * Replaces the labels, or with `fieldpaths` (`labels`, `labels.<key>`) just those.
   * @throws InvalidArgumentError `cannot update "x" field on snapshot "n"`; NotFoundError.
   */
  update(
    info: Pick<Info, "name" | "labels">,
    options: CallOptions & { readonly fieldpaths?: readonly string[] | undefined },
  ): Promise<Info>;
  /** Of an active snapshot measured now, of a committed one as stored, of a view nothing. */
  usage(key: string, options: CallOptions): Promise<Usage>;
  /** @throws NotFoundError; FailedPreconditionError for a committed one. */
  mounts(key: string, options: CallOptions): Promise<readonly Mount[]>;
  /**
   * Makes the active snapshot `key` on the committed `parent` ("" for none).
   * @throws AlreadyExistsError; NotFoundError for the parent; InvalidArgumentError when the parent is not committed.
   */
  prepare(
    key: string,
    parent: string,
    options: CallOptions & { readonly labels?: SnapshotLabels | undefined },
  ): Promise<readonly Mount[]>;
  /** Like {@link Snapshotter.prepare}, read-only. */
  view(
    key: string,
    parent: string,
    options: CallOptions & { readonly labels?: SnapshotLabels | undefined },
  ): Promise<readonly Mount[]>;
  /**
   * Turns the active `key` into the committed `name`. The labels are those given, not the active one's. `parent` re-bases
   * an active snapshot that has none.
   * @throws AlreadyExistsError for the name; NotFoundError for the key; FailedPreconditionError when it is not active.
   */
  commit(
    name: string,
    key: string,
    options: CallOptions & {
      readonly labels?: SnapshotLabels | undefined;
      readonly parent?: string | undefined;
    },
  ): Promise<void>;
  /** @throws NotFoundError; FailedPreconditionError while it has children. */
  remove(key: string, options: CallOptions): Promise<void>;
  /** Snapshots that match any of the filters (fields `name`, `parent`, `kind`, `labels.<key>`), in byte order of the name. */
  list(options: CallOptions & { readonly filters?: readonly string[] | undefined }): AsyncIterable<Info>;
  /** Frees what removed snapshots left on disk. */
  cleanup?(options: CallOptions): Promise<void>;
}

/** Labels that snapshotters read (reference 03 §1.1). */
export const SNAPSHOT_LABELS = {
  ref: "containerd.io/snapshot.ref",
  diffId: "containerd.io/snapshot/diff-id",
  parentChainId: "containerd.io/snapshot/parent-chain-id",
  uidMapping: "containerd.io/snapshot/uidmapping",
  gidMapping: "containerd.io/snapshot/gidmapping",
  upperdir: "containerd.io/snapshot/overlay.upperdir",
} as const;

/** Whether a label reaches the backend through the metadata layer. */
export const isInheritedLabel = (key: string): boolean =>
  key === SNAPSHOT_LABELS.ref || key.startsWith("containerd.io/snapshot/");
