import { dirname, join } from "node:path";
import { Introspection } from "@davit/api/services/introspection";
import { IntrospectionService, WarningPlugin, type WarningStore } from "@davit/introspection";
import { plugin, requires, requiresOne, uriOf, type InitContext, type Plugin } from "@davit/plugin";
import { GrpcPlugin, implement, type GrpcServices, type ServiceMethods } from "@davit/server";
import { identityIn } from "./identity.ts";
import { introspectionService } from "./service.ts";

type IntrospectionMethods = ServiceMethods<typeof Introspection>;

const GRPC = { type: GrpcPlugin, id: "introspection" };

/** `io.containerd.service.v1.introspection-service`: tells of all plugins, loaded or not. */
@plugin({ ...IntrospectionService })
export class IntrospectionServicePlugin implements Plugin<IntrospectionMethods> {
  readonly #warnings: WarningStore;
  constructor(@requires(WarningPlugin) warnings: WarningStore) {
    this.#warnings = warnings;
  }
  init({ plugins, root }: InitContext): IntrospectionMethods {
    // The uuid lies with the other half, where containerd has it and tools look.
    const identity = identityIn(join(dirname(root), uriOf(GRPC), "uuid"));
    return introspectionService({ plugins, warnings: this.#warnings, identity });
  }
}

/** `io.containerd.grpc.v1.introspection`: serves it. */
@plugin(GRPC)
export class GrpcIntrospectionPlugin implements Plugin<GrpcServices> {
  readonly #service: IntrospectionMethods;
  constructor(@requiresOne(IntrospectionService) service: IntrospectionMethods) {
    this.#service = service;
  }
  init(): GrpcServices {
    return { grpc: [implement(Introspection, this.#service)] };
  }
}
