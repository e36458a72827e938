/** The tasks service of containerd's API: `service.v1` for the process, `grpc.v1` for clients. @packageDocumentation */
export { GrpcTasksPlugin, TasksServicePlugin, type TasksServiceConfig } from "./plugin.ts";
export { tasksService, type TasksServiceOptions } from "./service.ts";
