/** The introspection service of containerd's API: `service.v1` for the process, `grpc.v1` for clients. @packageDocumentation */
export { identityIn, type Identity } from "./identity.ts";
export { GrpcIntrospectionPlugin, IntrospectionServicePlugin } from "./plugin.ts";
export { introspectionService, type IntrospectionSources } from "./service.ts";
