import type { ContainerStore } from "@davit/containers";
import type { ContentStore } from "@davit/content";
import type { ImageStore } from "@davit/images";
import type { LeaseManager } from "@davit/leases";
import type { NamespaceStore } from "@davit/namespaces";
import { pluginType, type PluginType } from "@davit/plugin";
import type { SandboxStore } from "@davit/sandbox";
import type { Snapshotter } from "@davit/snapshots";

export const MetadataPlugin: PluginType<MetadataStore> =
  pluginType<MetadataStore>("io.containerd.metadata.v1");

/** The stores as clients see them: divided into namespaces, with labels and leases, over the backends that hold the bytes. */
export interface MetadataStore {
  readonly namespaces: NamespaceStore;
  readonly content: ContentStore;
  readonly images: ImageStore;
  readonly containers: ContainerStore;
  readonly leases: LeaseManager;
  readonly sandboxes: SandboxStore;
  /** By id of the backend plugin; a live map of what is loaded. */
  readonly snapshotters: ReadonlyMap<string, Snapshotter>;
  /** Counts writes since the start, deletions among them: what a scheduler of garbage collection listens to. */
  onMutation(listener: (deleted: boolean) => void): Disposable;
}
