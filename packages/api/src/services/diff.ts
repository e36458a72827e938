/**
 * Protobuf package `containerd.services.diff.v1`. Applying layers to mounts and making layers from them:
 * the service and its messages.
 * @packageDocumentation
 */

export * from "../gen/containerd/services/diff/v1/diff_pb.ts";
