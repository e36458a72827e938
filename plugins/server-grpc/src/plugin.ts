import { InvalidArgumentError } from "@davit/errdefs";
import { plugin, requiresAll, type InitContext, type Plugin } from "@davit/plugin";
import {
  GrpcPlugin,
  MetricsPlugin,
  ServerPlugin,
  type CallMetrics,
  type GrpcServices,
  type Server,
} from "@davit/server";
import { configSchema, type ServerGrpcConfig } from "./config.ts";
import { createServer, duplicates } from "./server.ts";

/** `io.containerd.server.v1.grpc`: serves what all `grpc.v1` plugins bring on a unix socket. */
@plugin({ type: ServerPlugin, id: "grpc", config: configSchema })
export class ServerGrpcPlugin implements Plugin<Server, ServerGrpcConfig> {
  readonly #services: ReadonlyMap<string, GrpcServices>;
  readonly #metrics: ReadonlyMap<string, CallMetrics>;

  constructor(
    @requiresAll(GrpcPlugin) services: ReadonlyMap<string, GrpcServices>,
    @requiresAll(MetricsPlugin) metrics: ReadonlyMap<string, CallMetrics>,
  ) {
    this.#services = services;
    this.#metrics = metrics;
  }

  init({ config, log }: InitContext<ServerGrpcConfig>): Server {
    if (config.address === "") throw new InvalidArgumentError("grpc address cannot be empty");
    for (const [service, plugins] of duplicates(this.#services))
      log.warn({ service, plugins }, "a service of several plugins: the first of them answers");
    const server = createServer({ services: this.#services, metrics: this.#metrics, config });
    return {
      ...server,
      async start() {
        await server.start();
        log.info({ address: server.address }, "serving...");
      },
    };
  }
}
