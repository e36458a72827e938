/**
 * Protobuf package `containerd.services.namespaces.v1`. Namespaces and their labels: the service and its
 * messages.
 * @packageDocumentation
 */

export * from "../gen/containerd/services/namespaces/v1/namespaces_pb.ts";
