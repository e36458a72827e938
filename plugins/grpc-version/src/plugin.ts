import { plugin, type InitContext, type Plugin } from "@davit/plugin";
import { GrpcPlugin, type GrpcServices } from "@davit/server";
import { REVISION_PROPERTY, VERSION_PROPERTY, versionService } from "./service.ts";

/** `io.containerd.grpc.v1.version`. */
@plugin({ type: GrpcPlugin, id: "version" })
export class GrpcVersionPlugin implements Plugin<GrpcServices> {
  init({ properties }: InitContext): GrpcServices {
    const version = properties[VERSION_PROPERTY] || "unknown";
    const revision = properties[REVISION_PROPERTY] ?? "";
    return { grpc: [versionService({ version, revision })] };
  }
}
