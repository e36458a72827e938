import { plugin, type Plugin } from "@davit/plugin";
import { GrpcPlugin, type GrpcServices } from "@davit/server";
import { healthService } from "./service.ts";

/** `io.containerd.grpc.v1.healthcheck`. */
@plugin({ type: GrpcPlugin, id: "healthcheck" })
export class GrpcHealthcheckPlugin implements Plugin<GrpcServices> {
  init(): GrpcServices {
    return { grpc: [healthService()] };
  }
}
