/**
 * Protobuf package `containerd.v1.types`. State of a process of a task: `Process`, `ProcessInfo`,
 * `Status`.
 * @packageDocumentation
 */

export * from "../gen/containerd/v1/types/task_pb.ts";
