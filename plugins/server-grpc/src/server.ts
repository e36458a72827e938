import { GrpcServer, type GrpcServerOptions, type Interceptor } from "@davit/grpc";
import { runAs } from "@davit/plugin";
import type { CallMetrics, GrpcServices, Server, ServiceImplementation } from "@davit/server";
import type { ServerGrpcConfig } from "./config.ts";

/** What grpc-go does where no size is set (its server.go). */
const DEFAULT_RECEIVE_SIZE = 4 << 20;
const DEFAULT_SEND_SIZE = 2 ** 31 - 1;
/** How long calls may go on when the daemon stops: waiting ones (events, task waits) are nearly always there. */
const DRAIN_MS = 1000;

/** What a server is made of. Both maps are live: what comes later is served, what goes is not. */
export interface ServerParts {
  readonly services: ReadonlyMap<string, GrpcServices>;
  readonly metrics: ReadonlyMap<string, CallMetrics>;
  readonly config: ServerGrpcConfig;
}

/** The gRPC server of a daemon. It listens when it is started, and not before. */
export function createServer({ services, metrics, config }: ServerParts): Server {
  const options: GrpcServerOptions = {
    services: { [Symbol.iterator]: () => implementations(services) },
    interceptors: [measured(metrics), attributed(services)],
    maxReceiveMessageSize: positive(config.max_recv_message_size, DEFAULT_RECEIVE_SIZE),
    maxSendMessageSize: positive(config.max_send_message_size, DEFAULT_SEND_SIZE),
  };
  const server = new GrpcServer(options);
  return {
    address: config.address,
    async start() {
      await server.listen({ path: config.address, uid: config.uid, gid: config.gid });
    },
    [Symbol.asyncDispose]: () => server.stop({ timeoutMs: DRAIN_MS }),
  };
}

/** The services that more than one plugin brings, each with the ids of these. The first one answers. */
export function duplicates(services: ReadonlyMap<string, GrpcServices>): Map<string, string[]> {
  const ids = new Map<string, string[]>();
  for (const [id, { grpc }] of services)
    for (const { service } of grpc) ids.set(service.typeName, [...(ids.get(service.typeName) ?? []), id]);
  return new Map([...ids].filter(([, owners]) => owners.length > 1));
}

function* implementations(services: ReadonlyMap<string, GrpcServices>): Generator<ServiceImplementation> {
  for (const { grpc } of services.values()) yield* grpc;
}

const positive = (value: number, otherwise: number): number => (value > 0 ? value : otherwise);

/** Runs each call on behalf of the plugin that serves it, so that what it throws later is that plugin's affair. */
function attributed(services: ReadonlyMap<string, GrpcServices>): Interceptor {
  return (call, next) => {
    for (const instance of services.values())
      if (instance.grpc.some(({ service }) => service.typeName === call.service))
        return runAs(instance, next);
    return next();
  };
}

function measured(metrics: ReadonlyMap<string, CallMetrics>): Interceptor {
  return async ({ service, method }, next) => {
    for (const { started } of metrics.values()) started?.(service, method);
    const status = await next();
    for (const { handled } of metrics.values()) handled?.(service, method, status.code);
    return status;
  };
}
