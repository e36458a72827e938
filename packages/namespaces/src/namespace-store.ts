import type { CallOptions } from "./call-options.ts";

export interface Namespace {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Labels of a namespace that clients read (containerd's pkg/labels and core/defaults). */
export const NAMESPACE_LABELS = {
  runtime: "containerd.io/defaults/runtime",
  snapshotter: "containerd.io/defaults/snapshotter",
  sandboxer: "containerd.io/defaults/sandboxer",
  shareable: "containerd.io/namespace.shareable",
} as const;

/** What a store call takes that names its namespace itself. */
export type NamespaceCallOptions = Omit<CallOptions, "namespace">;

/** The namespaces themselves. They spring into being with the first write into them, without labels. */
export interface NamespaceStore {
  /** @throws AlreadyExistsError `namespace "x"`. */
  create(namespace: Namespace, options?: NamespaceCallOptions): Promise<void>;
  /** Labels of a namespace; of one that does not exist, none. */
  labels(name: string, options?: NamespaceCallOptions): Promise<Readonly<Record<string, string>>>;
  /** Names in byte order, those that sprang into being included. */
  list(options?: NamespaceCallOptions): Promise<readonly string[]>;
  /**
   * Replaces the labels, or with `fieldpaths` (`labels.<key>`) just those; a value of "" deletes. A namespace that does
   * not exist is created.
   */
  update(namespace: Namespace, fieldpaths?: readonly string[], options?: NamespaceCallOptions): Promise<void>;
  /** @throws NotFoundError; FailedPreconditionError that lists what the namespace still holds. */
  delete(name: string, options?: NamespaceCallOptions): Promise<void>;
}
