import type { Namespaces } from "@davit/api/services/namespaces";
import { pluginRef, type PluginRef } from "@davit/plugin";
import type { ServiceMethods } from "@davit/server";

/**
 * The namespaces service for others in the process: the methods of containerd's Namespaces API. (Here, for what
 * `@davit/server` says of handlers stands on `@davit/namespaces` itself.)
 */
export const NamespacesService: PluginRef<ServiceMethods<typeof Namespaces>> = pluginRef<
  ServiceMethods<typeof Namespaces>
>("io.containerd.service.v1", "namespaces-service");
