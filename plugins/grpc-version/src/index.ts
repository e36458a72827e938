/** The version service, `containerd.services.version.v1.Version`: io.containerd.grpc.v1.version. @packageDocumentation */
export { GrpcVersionPlugin } from "./plugin.ts";
export { REVISION_PROPERTY, VERSION_PROPERTY, versionService, type DaemonVersion } from "./service.ts";
