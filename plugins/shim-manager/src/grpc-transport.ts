import type { DescService } from "@bufbuild/protobuf";
import { InvalidArgumentError, isUnavailable } from "@davit/errdefs";
import { createClient, openChannel, type Channel } from "@davit/grpc/client";
import type { CallOptions } from "@davit/namespaces";
import { shimClosedError, type ShimClient } from "@davit/runtime";
import type { ConnectLimits, Transport } from "./transport.ts";

/** How long a shim may take to answer the first connection. */
const PROBE_MS = 10_000;
/** States of a channel (grpc-js ConnectivityState) in which it has a connection, or is about to. */
const CONNECTING = 1;
const READY = 2;

/** Connects by gRPC. @throws UnavailableError when nobody answers in 10 s. */
export async function connectGrpc(path: string, { timeoutMs, signal }: ConnectLimits): Promise<Transport> {
  if (path.startsWith("\0")) throw new InvalidArgumentError(`a gRPC shim needs the path of a socket`);
  signal?.throwIfAborted();
  const channel = openChannel(`unix://${path}`);
  try {
    await channel.ready(Math.min(timeoutMs, PROBE_MS));
    signal?.throwIfAborted();
  } catch (error) {
    channel.close();
    throw error;
  }
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  let isClosed = false;
  watch(channel, () => {
    isClosed = true;
    channel.close(); // grpc-js would connect again, to whoever listens there by then
    resolve();
  });
  return {
    client: (service) => clientOf(service, channel, () => isClosed),
    closed,
    close: () => {
      isClosed = true;
      channel.close();
      resolve();
    },
  };
}

/** Calls `onClose` when the channel has lost its connection. */
function watch(channel: Channel, onClose: () => void): void {
  const { grpc } = channel;
  const check = (): void => {
    const state = grpc.getChannel().getConnectivityState(false);
    const number: number = state;
    if (number !== READY && number !== CONNECTING) return onClose();
    grpc.getChannel().watchConnectivityState(state, Infinity, (error) => error ?? check());
  };
  check();
}

type Call = (request: object, options: CallOptions) => Promise<unknown>;

function clientOf<S extends DescService>(
  service: S,
  channel: Channel,
  isClosed: () => boolean,
): ShimClient<S> {
  const client = createClient(service, channel) as unknown as Readonly<Record<string, Call>>;
  const methods = Object.entries(client).map(([name, call]) => [
    name,
    async (request: object, options: CallOptions) => {
      if (isClosed()) throw shimClosedError();
      try {
        return await call(request, options);
      } catch (error) {
        throw isClosed() || isUnavailable(error) ? shimClosedError(error) : error;
      }
    },
  ]);
  return Object.fromEntries(methods) as ShimClient<S>;
}
