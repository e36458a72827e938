import { pluginType, type PluginType } from "@davit/plugin";
import type { ServiceImplementation } from "./handlers.ts";

/** What a `grpc.v1` plugin brings: services for the gRPC server, and for the ttrpc server where it has some. */
export interface GrpcServices {
  readonly grpc: readonly ServiceImplementation[];
  readonly ttrpc?: readonly ServiceImplementation[];
  /** Set when the services are to be reached over TCP as well. */
  readonly tcp?: boolean;
}
export const GrpcPlugin: PluginType<GrpcServices> = pluginType<GrpcServices>("io.containerd.grpc.v1");

/** What a `ttrpc.v1` plugin brings. */
export interface TtrpcServices {
  readonly ttrpc: readonly ServiceImplementation[];
}
export const TtrpcPlugin: PluginType<TtrpcServices> = pluginType<TtrpcServices>("io.containerd.ttrpc.v1");

/** A listener. The daemon starts it when every plugin's `init` has ended, and stops it first. */
export interface Server extends AsyncDisposable {
  /** Where it serves: a path, or host:port. */
  readonly address: string;
  /** Opens the socket; resolves when clients can connect. */
  start(): Promise<void>;
}
export const ServerPlugin: PluginType<Server> = pluginType<Server>("io.containerd.server.v1");

/** Wraps every call of a gRPC server: metrics, logs, traces. */
export interface CallMetrics {
  readonly started?: (service: string, method: string) => void;
  readonly handled?: (service: string, method: string, code: number) => void;
}
export const MetricsPlugin: PluginType<CallMetrics> = pluginType<CallMetrics>("io.containerd.metrics.v1");
