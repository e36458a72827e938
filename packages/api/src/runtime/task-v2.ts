/**
 * Protobuf package `containerd.task.v2`. The task service of older shims. Its messages are those of
 * `@davit/api/runtime/task-v3` on the wire.
 * @packageDocumentation
 */

export * from "../gen/containerd/task/v2/task_pb.ts";
