/**
 * Protobuf package `containerd.services.mounts.v1`. The mount manager: the service and its messages.
 * @packageDocumentation
 */

export * from "../gen/containerd/services/mounts/v1/mounts_pb.ts";
