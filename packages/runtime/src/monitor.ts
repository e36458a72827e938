import { pluginType, type PluginType } from "@davit/plugin";
import type { Task } from "./task.ts";

export const TaskMonitorPlugin: PluginType<TaskMonitor> = pluginType<TaskMonitor>(
  "io.containerd.monitor.task.v1",
);

/** Watches tasks for metrics. */
export interface TaskMonitor {
  /** Begins to watch; `labels` are added to what is told of the task. */
  monitor(task: Task, labels: Readonly<Record<string, string>>): Promise<void>;
  stop(task: Task): Promise<void>;
}
