/**
 * Protobuf package `containerd.services.version.v1`. The daemon's version: the service and its answer.
 * @packageDocumentation
 */

export * from "../gen/containerd/services/version/v1/version_pb.ts";
