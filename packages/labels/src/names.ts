// Garbage collection. A reference may be followed by `.` or `/` and a name, so that an object can have several.

/** Makes a content or snapshot a root, whatever the value and whatever follows the name. */
export const LABEL_GC_ROOT = "containerd.io/gc.root";
/** The object refers to the content whose digest is the value. */
export const LABEL_GC_REF_CONTENT = "containerd.io/gc.ref.content";
/** Prefix: followed by `.<snapshotter>`; the object refers to the snapshot named by the value. */
export const LABEL_GC_REF_SNAPSHOT = "containerd.io/gc.ref.snapshot";
/** The object refers to the image named by the value. */
export const LABEL_GC_REF_IMAGE = "containerd.io/gc.ref.image";
/** The object refers to the stream named by the value. */
export const LABEL_GC_REF_STREAM = "containerd.io/gc.ref.stream";
/** The object refers to the mount activation named by the value. */
export const LABEL_GC_REF_MOUNT = "containerd.io/gc.ref.mount";
/** The object lives as long as the container named by the value. */
export const LABEL_GC_BREF_CONTAINER = "containerd.io/gc.bref.container";
/** The object lives as long as the content whose digest is the value. */
export const LABEL_GC_BREF_CONTENT = "containerd.io/gc.bref.content";
/** The object lives as long as the image named by the value. */
export const LABEL_GC_BREF_IMAGE = "containerd.io/gc.bref.image";
/** Prefix: followed by `.<snapshotter>`; the object lives as long as the snapshot named by the value. */
export const LABEL_GC_BREF_SNAPSHOT = "containerd.io/gc.bref.snapshot";
/** RFC 3339 time from which a lease or an image is no root any more. An invalid value is ignored. */
export const LABEL_GC_EXPIRE = "containerd.io/gc.expire";
/** A lease with it keeps only what it names, not what that refers to. */
export const LABEL_GC_FLAT = "containerd.io/gc.flat";
/** Prefix: followed by `.<snapshotter>`; the value is `cond[,cond…]|<snapshot key>`. */
export const LABEL_GC_COND_SNAPSHOT = "containerd.io/gc.cond.snapshot";
/** On a snapshot: RFC 3339 time of its last use, which conditions compare. */
export const LABEL_GC_COND_USED_AT = "containerd.io/gc.cond.value-usedat";

/** From a manifest to its layer number `index`. */
export const gcRefLayer = (index: number): string => `${LABEL_GC_REF_CONTENT}.l.${index}`;
/** From an index to its manifest number `index`. */
export const gcRefManifest = (index: number): string => `${LABEL_GC_REF_CONTENT}.m.${index}`;
/** From a manifest to its config. */
export const LABEL_GC_REF_CONFIG = "containerd.io/gc.ref.content.config";
/** From anything else to its child number `index`. */
export const gcRefContent = (index: number): string => `${LABEL_GC_REF_CONTENT}.${index}`;
/** From a config to the snapshot of its top layer; the value is the chain ID. */
export const gcRefSnapshot = (snapshotter: string): string => `${LABEL_GC_REF_SNAPSHOT}.${snapshotter}`;

// Content.

/** On a compressed layer: its diffID. */
export const LABEL_UNCOMPRESSED = "containerd.io/uncompressed";
/** Prefix: followed by `.<registry host>`; the value lists the repositories that have the blob, joined by commas. */
export const LABEL_DISTRIBUTION_SOURCE = "containerd.io/distribution.source";
/** The label of the repositories on `host` that have the blob. */
export const distributionSource = (host: string): string => `${LABEL_DISTRIBUTION_SOURCE}.${host}`;

// Namespaces.

/** `true`: the namespace's content may be used by all others. */
export const LABEL_NAMESPACE_SHAREABLE = "containerd.io/namespace.shareable";
/** The runtime that clients take when none is named. */
export const LABEL_DEFAULT_RUNTIME = "containerd.io/defaults/runtime";
/** The snapshotter that clients take when none is named. */
export const LABEL_DEFAULT_SNAPSHOTTER = "containerd.io/defaults/snapshotter";
/** The sandboxer that clients take when none is named. */
export const LABEL_DEFAULT_SANDBOXER = "containerd.io/defaults/sandboxer";

// Snapshots.

/** The chain ID that an extraction will have: the remote-snapshot protocol. */
export const LABEL_SNAPSHOT_REF = "containerd.io/snapshot.ref";
/** What starts so reaches the snapshotter itself. */
export const SNAPSHOT_LABEL_PREFIX = "containerd.io/snapshot/";
/** The diffID of the layer that is extracted. */
export const LABEL_SNAPSHOT_DIFF_ID = "containerd.io/snapshot/diff-id";
/** The chain ID of the parent of the layer that is extracted. */
export const LABEL_SNAPSHOT_PARENT_CHAIN_ID = "containerd.io/snapshot/parent-chain-id";
/** User id map of the snapshot: `container:host:size[,…]`. */
export const LABEL_SNAPSHOT_UID_MAPPING = "containerd.io/snapshot/uidmapping";
/** Group id map of the snapshot: `container:host:size[,…]`. */
export const LABEL_SNAPSHOT_GID_MAPPING = "containerd.io/snapshot/gidmapping";
/** Size hint of the writable layer, in bytes, decimal. */
export const LABEL_SNAPSHOT_MAX_SIZE = "containerd.io/snapshot/max-size";
/** Set by overlayfs on request: the path of the upper directory. */
export const LABEL_SNAPSHOT_OVERLAY_UPPERDIR = "containerd.io/snapshot/overlay.upperdir";
/** Set by devmapper: the kind of file system. */
export const LABEL_SNAPSHOT_DEVMAPPER_FSTYPE = "containerd.io/snapshot/devmapper/fstype";
/** What the CRI and other clients tell lazy snapshotters (`…image-ref`, `…layer-digest`, …). */
export const SNAPSHOT_CRI_LABEL_PREFIX = "containerd.io/snapshot/cri.";

/** Whether a label passes from the metadata layer to the snapshotter. */
export const isInheritedSnapshotLabel = (key: string): boolean =>
  key === LABEL_SNAPSHOT_REF || key.startsWith(SNAPSHOT_LABEL_PREFIX);

/** Whether a label is containerd's own: such labels are not copied from an image's configuration. */
export const isReservedLabel = (key: string): boolean =>
  key.startsWith("containerd.io/") || key.startsWith("io.cri-containerd");
