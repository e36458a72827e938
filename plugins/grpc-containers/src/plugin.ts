import { Containers } from "@davit/api/services/containers";
import { ContainersService } from "@davit/containers";
import { EventPlugin, type EventExchange } from "@davit/events";
import { MetadataPlugin, type MetadataStore } from "@davit/metadata";
import { plugin, requires, requiresOne, type Plugin } from "@davit/plugin";
import { GrpcPlugin, implement, type GrpcServices, type ServiceMethods } from "@davit/server";
import { containersService } from "./service.ts";

type ContainersMethods = ServiceMethods<typeof Containers>;

/** `io.containerd.service.v1.containers-service`: the containers API over the metadata store. */
@plugin({ ...ContainersService })
export class ContainersServicePlugin implements Plugin<ContainersMethods> {
  readonly #events: EventExchange;
  readonly #metadata: MetadataStore;

  constructor(
    @requires(EventPlugin) events: EventExchange,
    @requires(MetadataPlugin) metadata: MetadataStore,
  ) {
    this.#events = events;
    this.#metadata = metadata;
  }

  init(): ContainersMethods {
    return containersService(this.#metadata.containers, this.#events);
  }
}

/** `io.containerd.grpc.v1.containers`: serves it. */
@plugin({ type: GrpcPlugin, id: "containers" })
export class GrpcContainersPlugin implements Plugin<GrpcServices> {
  readonly #service: ContainersMethods;
  constructor(@requiresOne(ContainersService) service: ContainersMethods) {
    this.#service = service;
  }
  init(): GrpcServices {
    return { grpc: [implement(Containers, this.#service)] };
  }
}
