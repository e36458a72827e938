/** The diff service of containerd's API: `service.v1` for the process, `grpc.v1` for clients. @packageDocumentation */
export { DiffServicePlugin, GrpcDiffPlugin, type DiffServiceConfig } from "./plugin.ts";
export { diffService, type DiffServiceOptions } from "./service.ts";
