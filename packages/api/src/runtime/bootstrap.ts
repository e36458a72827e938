/**
 * Protobuf package `containerd.runtime.bootstrap.v1`. What the daemon writes to a shim's stdin at `start`,
 * and what the shim answers.
 * @packageDocumentation
 */

export * from "../gen/containerd/runtime/bootstrap/v1/bootstrap_pb.ts";
