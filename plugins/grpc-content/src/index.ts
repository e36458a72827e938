/** The content service of containerd's API: `service.v1` for the process, `grpc.v1` for clients. @packageDocumentation */
export { ContentServicePlugin, GrpcContentPlugin } from "./plugin.ts";
export { contentService } from "./service.ts";
