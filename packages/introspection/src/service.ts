import type { Introspection } from "@davit/api/services/introspection";
import { pluginRef, type PluginRef } from "@davit/plugin";
import type { ServiceMethods } from "@davit/server";

/** The introspection service for others in the process: the methods of containerd's Introspection API. */
export const IntrospectionService: PluginRef<ServiceMethods<typeof Introspection>> = pluginRef<
  ServiceMethods<typeof Introspection>
>("io.containerd.service.v1", "introspection-service");
