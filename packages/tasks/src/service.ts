import type { Tasks } from "@davit/api/services/tasks";
import { pluginRef, type PluginRef } from "@davit/plugin";
import type { ServiceMethods } from "@davit/server";

/** The tasks service for others in the process: the methods of containerd's Tasks API, over the runtimes. */
export const TasksService: PluginRef<ServiceMethods<typeof Tasks>> = pluginRef<ServiceMethods<typeof Tasks>>(
  "io.containerd.service.v1",
  "tasks-service",
);
