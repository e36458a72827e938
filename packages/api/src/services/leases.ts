/**
 * Protobuf package `containerd.services.leases.v1`. Leases, which keep resources from garbage collection:
 * the service and its messages.
 * @packageDocumentation
 */

export * from "../gen/containerd/services/leases/v1/leases_pb.ts";
