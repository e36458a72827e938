import { plugin, requiresAll, SkipPluginError, type InitContext, type Plugin } from "@davit/plugin";
import {
  GrpcPlugin,
  ServerPlugin,
  TtrpcPlugin,
  type GrpcServices,
  type Server,
  type TtrpcServices,
} from "@davit/server";
import { configSchema, type ServerTtrpcConfig } from "./config.ts";
import { createServer, type OwnedService } from "./server.ts";

/** `io.containerd.server.v1.ttrpc`: serves the ttrpc services of `ttrpc.v1` and `grpc.v1` plugins on a unix socket. */
@plugin({ type: ServerPlugin, id: "ttrpc", config: configSchema })
export class ServerTtrpcPlugin implements Plugin<Server, ServerTtrpcConfig> {
  readonly #ttrpc: ReadonlyMap<string, TtrpcServices>;
  readonly #grpc: ReadonlyMap<string, GrpcServices>;

  constructor(
    @requiresAll(TtrpcPlugin) ttrpc: ReadonlyMap<string, TtrpcServices>,
    @requiresAll(GrpcPlugin) grpc: ReadonlyMap<string, GrpcServices>,
  ) {
    this.#ttrpc = ttrpc;
    this.#grpc = grpc;
  }

  init({ config, log }: InitContext<ServerTtrpcConfig>): Server {
    if (config.address === "") throw new SkipPluginError("the ttrpc address is empty");
    if (this.#services().length === 0) throw new SkipPluginError("no plugin brings a ttrpc service");
    const server = createServer({ services: () => this.#services(), config, log });
    return {
      ...server,
      async start() {
        await server.start();
        log.info({ address: server.address }, "serving...");
      },
    };
  }

  #services(): OwnedService[] {
    const instances = [...this.#ttrpc.values(), ...this.#grpc.values()];
    return instances.flatMap((owner) =>
      (owner.ttrpc ?? []).map((implementation) => ({ implementation, owner })),
    );
  }
}
