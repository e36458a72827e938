import type { Images } from "@davit/api/services/images";
import { pluginRef, type PluginRef } from "@davit/plugin";
import type { ServiceMethods } from "@davit/server";

/** The images service for others in the process: the methods of containerd's Images API. */
export const ImagesService: PluginRef<ServiceMethods<typeof Images>> = pluginRef<
  ServiceMethods<typeof Images>
>("io.containerd.service.v1", "images-service");
