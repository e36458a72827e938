import { Namespaces } from "@davit/api/services/namespaces";
import { EventPlugin, type EventExchange } from "@davit/events";
import { MetadataPlugin, NamespacesService, type MetadataStore } from "@davit/metadata";
import { plugin, requires, requiresOne, type Plugin } from "@davit/plugin";
import { GrpcPlugin, implement, type GrpcServices, type ServiceMethods } from "@davit/server";
import { namespacesService } from "./service.ts";

type NamespacesMethods = ServiceMethods<typeof Namespaces>;

/** `io.containerd.service.v1.namespaces-service`: the namespaces API over the metadata store. */
@plugin({ ...NamespacesService })
export class NamespacesServicePlugin implements Plugin<NamespacesMethods> {
  readonly #events: EventExchange;
  readonly #metadata: MetadataStore;

  constructor(
    @requires(EventPlugin) events: EventExchange,
    @requires(MetadataPlugin) metadata: MetadataStore,
  ) {
    this.#events = events;
    this.#metadata = metadata;
  }

  init(): NamespacesMethods {
    return namespacesService(this.#metadata.namespaces, this.#events);
  }
}

/** `io.containerd.grpc.v1.namespaces`: serves it. */
@plugin({ type: GrpcPlugin, id: "namespaces" })
export class GrpcNamespacesPlugin implements Plugin<GrpcServices> {
  readonly #service: NamespacesMethods;
  constructor(@requiresOne(NamespacesService) service: NamespacesMethods) {
    this.#service = service;
  }
  init(): GrpcServices {
    return { grpc: [implement(Namespaces, this.#service)] };
  }
}
