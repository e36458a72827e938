import { createServer as createListener } from "node:net";
import type { DescService } from "@bufbuild/protobuf";
import { toStatus } from "@davit/errdefs";
import { listenUnix, type UnixSocket } from "@davit/grpc/server";
import type { CallOptions } from "@davit/namespaces";
import { runAs, type Logger } from "@davit/plugin";
import type { Server, ServiceImplementation } from "@davit/server";
import { peerCredentials } from "@davit/sys";
import { Server as TtrpcServer, type HandlerContext, type ServiceImpl } from "ttrpc-node";
import { callOptions } from "./call-options.ts";
import type { ServerTtrpcConfig } from "./config.ts";

/** How long calls may go on when the daemon stops. */
const DRAIN_MS = 1000;

/** A service and the plugin instance that brings it. */
export interface OwnedService {
  readonly implementation: ServiceImplementation;
  readonly owner: object;
}

/** What a server is made of. */
export interface ServerParts {
  /** Looked through when the server is started. */
  readonly services: () => Iterable<OwnedService>;
  readonly config: ServerTtrpcConfig;
  readonly log: Logger;
}

/**
 * The ttrpc server of a daemon. It listens when it is started, and not before. Only processes with the daemon's effective
 * user and group are served, as in containerd.
 */
export function createServer({ services, config, log }: ServerParts): Server {
  const { address: path, uid, gid } = config;
  const server = new TtrpcServer({
    toStatus,
    peerCredentials,
    onError: (error) => log.warn({ error: error.message }, "ttrpc connection refused"),
  });
  let socket: UnixSocket | undefined;
  return {
    address: path,
    async start() {
      for (const { implementation, owner } of services())
        server.addService(implementation.service, adapt(implementation, owner));
      const listener = createListener();
      server.serve(listener);
      socket = await listenUnix(listener, { path, uid, gid });
    },
    async [Symbol.asyncDispose]() {
      await socket?.remove();
      await server.shutdown({ timeoutMs: DRAIN_MS });
    },
  };
}

/** The methods of a service as ttrpc calls them: on behalf of their plugin, with the options of the call. */
function adapt({ service, methods }: ServiceImplementation, owner: object): ServiceImpl<DescService> {
  const adapted = service.methods.flatMap(({ localName }) => {
    const method = methods[localName];
    if (typeof method !== "function") return [];
    const handle = method.bind(methods) as (request: unknown, options: CallOptions) => unknown;
    const call = (request: unknown, context: HandlerContext) =>
      runAs(owner, () => handle(request, callOptions(context)));
    return [[localName, call] as const];
  });
  // Of a service known only at run time the compiler knows no method.
  return Object.fromEntries(adapted) as unknown as ServiceImpl<DescService>;
}
