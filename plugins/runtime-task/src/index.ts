/** The task runtime of shims: `io.containerd.runtime.v2.task`. @packageDocumentation */
export { RuntimeTaskPlugin, type RuntimeTaskConfig } from "./plugin.ts";
export { TaskManager, type TaskManagerOptions } from "./task-manager.ts";
