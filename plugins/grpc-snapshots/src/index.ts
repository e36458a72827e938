/** The snapshots service of containerd's API: `service.v1` for the process, `grpc.v1` for clients. @packageDocumentation */
export { GrpcSnapshotsPlugin, SnapshotsServicePlugin } from "./plugin.ts";
export { snapshotsService, type Snapshotters } from "./service.ts";
