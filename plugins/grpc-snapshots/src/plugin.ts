import { Snapshots } from "@davit/api/services/snapshots";
import { MetadataPlugin, type MetadataStore } from "@davit/metadata";
import { plugin, requires, requiresOne, type Plugin } from "@davit/plugin";
import { GrpcPlugin, implement, type GrpcServices, type ServiceMethods } from "@davit/server";
import { SnapshotsService } from "@davit/snapshots";
import { snapshotsService } from "./service.ts";

type SnapshotsMethods = ServiceMethods<typeof Snapshots>;

/** `io.containerd.service.v1.snapshots-service`: the snapshots API over the snapshotters of all namespaces. */
@plugin({ ...SnapshotsService })
export class SnapshotsServicePlugin implements Plugin<SnapshotsMethods> {
  readonly #metadata: MetadataStore;
  constructor(@requires(MetadataPlugin) metadata: MetadataStore) {
    this.#metadata = metadata;
  }
  init(): SnapshotsMethods {
    return snapshotsService(this.#metadata.snapshotters);
  }
}

/** `io.containerd.grpc.v1.snapshots`: serves it. */
@plugin({ type: GrpcPlugin, id: "snapshots" })
export class GrpcSnapshotsPlugin implements Plugin<GrpcServices> {
  readonly #service: SnapshotsMethods;
  constructor(@requiresOne(SnapshotsService) service: SnapshotsMethods) {
    this.#service = service;
  }
  init(): GrpcServices {
    return { grpc: [implement(Snapshots, this.#service)] };
  }
}
