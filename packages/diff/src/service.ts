import type { Diff } from "@davit/api/services/diff";
import { pluginRef, type PluginRef } from "@davit/plugin";
import type { ServiceMethods } from "@davit/server";

/** The diff service for others in the process: the methods of containerd's Diff API, over the differs in their configured order. */
export const DiffService: PluginRef<ServiceMethods<typeof Diff>> = pluginRef<ServiceMethods<typeof Diff>>(
  "io.containerd.service.v1",
  "diff-service",
);
