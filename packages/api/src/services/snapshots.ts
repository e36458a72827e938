/**
 * Protobuf package `containerd.services.snapshots.v1`. Snapshotters: the service and its messages.
 * @packageDocumentation
 */

export * from "../gen/containerd/services/snapshots/v1/snapshots_pb.ts";
