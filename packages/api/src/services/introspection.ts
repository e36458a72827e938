/**
 * Protobuf package `containerd.services.introspection.v1`. What the daemon is made of: the service and its
 * messages.
 * @packageDocumentation
 */

export * from "../gen/containerd/services/introspection/v1/introspection_pb.ts";
