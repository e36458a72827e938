import { Leases } from "@davit/api/services/leases";
import { LeasePlugin, type LeaseManager } from "@davit/leases";
import { plugin, requires, type Plugin } from "@davit/plugin";
import { GrpcPlugin, implement, type GrpcServices } from "@davit/server";
import { leasesService } from "./service.ts";

/** `io.containerd.grpc.v1.leases` */
@plugin({ type: GrpcPlugin, id: "leases" })
export class GrpcLeasesPlugin implements Plugin<GrpcServices> {
  readonly #leases: LeaseManager;
  constructor(@requires(LeasePlugin) leases: LeaseManager) {
    this.#leases = leases;
  }
  init(): GrpcServices {
    return { grpc: [implement(Leases, leasesService(this.#leases))] };
  }
}
