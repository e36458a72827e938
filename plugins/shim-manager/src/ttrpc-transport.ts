import type { DescService } from "@bufbuild/protobuf";
import { fromStatus } from "@davit/errdefs";
import type { CallOptions } from "@davit/namespaces";
import { shimClosedError, type ShimClient } from "@davit/runtime";
import {
  connect,
  createClient,
  isClosed,
  isTtrpcError,
  type CallOptions as TtrpcOptions,
  type Connection,
} from "ttrpc-node";
import type { ConnectLimits, Transport } from "./transport.ts";

/** Connects by ttrpc. @throws the socket's error. */
export async function connectTtrpc(path: string, limits: ConnectLimits): Promise<Transport> {
  const { signal, timeoutMs } = limits;
  const connection = await connect(path, { timeoutMs, ...(signal && { signal }) });
  return {
    client: (service) => clientOf(service, connection),
    closed: connection.closed,
    close: () => connection.close(),
  };
}

type Call = (request: object, options: TtrpcOptions) => Promise<unknown>;

function clientOf<S extends DescService>(service: S, connection: Connection): ShimClient<S> {
  const client = createClient(service, connection) as unknown as Readonly<Record<string, Call>>;
  const methods = Object.entries(client).map(([name, call]) => [
    name,
    async (request: object, options: CallOptions) => {
      try {
        return await call(request, { signal: options.signal, metadata: metadataOf(options) });
      } catch (error) {
        throw fromTtrpc(error);
      }
    },
  ]);
  return Object.fromEntries(methods) as ShimClient<S>;
}

function metadataOf({ namespace, trace = {} }: CallOptions): Record<string, string> {
  const headers = Object.entries(trace as Record<string, string | undefined>).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  return { "containerd-namespace-ttrpc": namespace, ...Object.fromEntries(headers) };
}

/** A shim's status as an error of the daemon's own; what is none (a signal's reason) stays. */
export function fromTtrpc(error: unknown): unknown {
  if (!isTtrpcError(error)) return error;
  return isClosed(error) ? shimClosedError(error.cause) : fromStatus(error);
}
