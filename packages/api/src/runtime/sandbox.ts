/**
 * Protobuf package `containerd.runtime.sandbox.v1`. The sandbox service of a shim and its messages.
 * @packageDocumentation
 */

export * from "../gen/containerd/runtime/sandbox/v1/sandbox_pb.ts";
