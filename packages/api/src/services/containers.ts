/**
 * Protobuf package `containerd.services.containers.v1`. Records of containers: the service and its
 * messages.
 * @packageDocumentation
 */

export * from "../gen/containerd/services/containers/v1/containers_pb.ts";
