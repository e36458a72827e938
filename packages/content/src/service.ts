import type { Content } from "@davit/api/services/content";
import { pluginRef, type PluginRef } from "@davit/plugin";
import type { ServiceMethods } from "@davit/server";

/** The content service for others in the process: the methods of containerd's Content API, over the stores of all namespaces. */
export const ContentService: PluginRef<ServiceMethods<typeof Content>> = pluginRef<
  ServiceMethods<typeof Content>
>("io.containerd.service.v1", "content-service");
