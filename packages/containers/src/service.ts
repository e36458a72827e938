import type { Containers } from "@davit/api/services/containers";
import { pluginRef, type PluginRef } from "@davit/plugin";
import type { ServiceMethods } from "@davit/server";

/** The containers service for others in the process: the methods of containerd's Containers API. */
export const ContainersService: PluginRef<ServiceMethods<typeof Containers>> = pluginRef<
  ServiceMethods<typeof Containers>
>("io.containerd.service.v1", "containers-service");
