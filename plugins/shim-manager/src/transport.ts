import type { DescService } from "@bufbuild/protobuf";
import { NotImplementedError, quote } from "@davit/errdefs";
import type { Endpoint, ShimClient } from "@davit/runtime";
import { connectTtrpc } from "./ttrpc-transport.ts";

/** A connection to a shim, whatever the protocol. */
export interface Transport {
  client<S extends DescService>(service: S): ShimClient<S>;
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>;
  close(): void;
}

/** What limits an attempt to connect. */
export interface ConnectLimits {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Connects to a shim.
 * @throws Error `unexpected protocol: "x"`, the socket's error, NotImplementedError for addresses of virtual machines.
 */
export async function connect(endpoint: Endpoint, limits: ConnectLimits): Promise<Transport> {
  const { protocol, address } = endpoint;
  if (protocol === "ttrpc") return connectTtrpc(socketPath(address), limits);
  if (protocol !== "grpc") throw new Error(`unexpected protocol: ${quote(protocol)}`);
  const { connectGrpc } = await import("./grpc-transport.ts"); // loads grpc-js, which hardly any shim needs
  return connectGrpc(socketPath(address), limits);
}

/**
 * The path of a unix socket; of an address without a scheme the abstract one of that name, after a NUL.
 * @throws NotImplementedError for vsock and hvsock, which Node cannot connect to.
 */
export function socketPath(address: string): string {
  const [, scheme, rest = ""] = /^([a-z0-9]+):\/\/(.*)$/s.exec(address) ?? [];
  if (scheme === undefined) return `\0${address}`;
  if (scheme === "unix") return rest;
  throw new NotImplementedError(
    `shim address ${quote(address)}: sockets of virtual machines (${scheme}) cannot be reached from here`,
  );
}
