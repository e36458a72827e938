/**
 * Protobuf package `containerd.runc.v1`. Options of the runc shim, for a container and for a checkpoint.
 * @packageDocumentation
 */

export * from "./gen/containerd/runc/v1/options_pb.ts";
