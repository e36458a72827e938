import { pluginType, type PluginType } from "@davit/plugin";

export const GcPlugin: PluginType<GcScheduler> = pluginType<GcScheduler>("io.containerd.gc.v1");

/** Decides when garbage is collected. */
export interface GcScheduler {
  /** Runs a collection, and resolves when it has ended. */
  scheduleAndWait(options?: { readonly signal?: AbortSignal | undefined }): Promise<void>;
}

/** A thing that is kept or collected. A snapshot's key is `<snapshotter>/<key>`. */
export interface GcNode {
  readonly type:
    | "content"
    | "snapshot"
    | "container"
    | "task"
    | "image"
    | "lease"
    | "ingest"
    | "stream"
    | "mount";
  readonly namespace: string;
  readonly key: string;
}
