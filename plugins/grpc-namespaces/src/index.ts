/** The namespaces service of containerd's API: `service.v1` for the process, `grpc.v1` for clients. @packageDocumentation */
export { GrpcNamespacesPlugin, NamespacesServicePlugin } from "./plugin.ts";
export { namespacesService } from "./service.ts";
