import type { Snapshots } from "@davit/api/services/snapshots";
import { pluginRef, type PluginRef } from "@davit/plugin";
import type { ServiceMethods } from "@davit/server";

/** The snapshots service for others in the process: the methods of containerd's Snapshots API, over the snapshotters of all namespaces. */
export const SnapshotsService: PluginRef<ServiceMethods<typeof Snapshots>> = pluginRef<
  ServiceMethods<typeof Snapshots>
>("io.containerd.service.v1", "snapshots-service");
