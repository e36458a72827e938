/** The gRPC server on a unix socket: io.containerd.server.v1.grpc. @packageDocumentation */
export { configSchema, type ServerGrpcConfig } from "./config.ts";
export { ServerGrpcPlugin } from "./plugin.ts";
export { createServer } from "./server.ts";
