/**
 * Protobuf package `containerd.task.v3`. The task service of a shim and its messages.
 * @packageDocumentation
 */

export * from "../gen/containerd/task/v3/task_pb.ts";
