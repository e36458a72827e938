/**
 * Protobuf package `containerd.services.tasks.v1`. Running containers, as the daemon's clients see them:
 * the service and its messages. What a shim serves is in `@davit/api/runtime/task-v2` and `…/task-v3`.
 * @packageDocumentation
 */

export * from "../gen/containerd/services/tasks/v1/tasks_pb.ts";
