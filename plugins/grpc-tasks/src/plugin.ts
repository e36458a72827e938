import { Tasks } from "@davit/api/services/tasks";
import { wireMessage } from "@davit/errdefs";
import { EventPlugin, type EventExchange } from "@davit/events";
import { WarningPlugin, type WarningStore } from "@davit/introspection";
import { MetadataPlugin, type MetadataStore } from "@davit/metadata";
import {
  plugin,
  requires,
  requiresOne,
  requiresOptional,
  type InitContext,
  type Plugin,
} from "@davit/plugin";
import { RuntimePlugin, TaskMonitorPlugin, type TaskMonitor, type TaskRuntime } from "@davit/runtime";
import { GrpcPlugin, implement, type GrpcServices, type ServiceMethods } from "@davit/server";
import { TasksService } from "@davit/tasks";
import { object, optional, string, type GenericSchema } from "valibot";
import { tasksService } from "./service.ts";

/** The table `[plugins."io.containerd.service.v1.tasks-service"]`. Both are read for containerd's sake: shims set neither here. */
export interface TasksServiceConfig {
  readonly blockio_config_file: string;
  readonly rdt_config_file: string;
}

const Config: GenericSchema<unknown, TasksServiceConfig> = object({
  blockio_config_file: optional(string(), ""),
  rdt_config_file: optional(string(), ""),
});

type TasksMethods = ServiceMethods<typeof Tasks>;

/** `io.containerd.service.v1.tasks-service`: the tasks API over the runtime `io.containerd.runtime.v2.task`. */
@plugin({ ...TasksService, config: Config })
export class TasksServicePlugin implements Plugin<TasksMethods, TasksServiceConfig> {
  readonly #runtime: TaskRuntime;
  readonly #metadata: MetadataStore;
  readonly #monitor: TaskMonitor | undefined;
  readonly #warnings: WarningStore;
  constructor(
    @requires(EventPlugin) _events: EventExchange, // started after it, as containerd's: shims publish there
    @requiresOne(RuntimePlugin, "task") runtime: TaskRuntime,
    @requires(MetadataPlugin) metadata: MetadataStore,
    @requiresOptional(TaskMonitorPlugin) monitor: TaskMonitor | undefined,
    @requires(WarningPlugin) warnings: WarningStore,
  ) {
    this.#runtime = runtime;
    this.#metadata = metadata;
    this.#monitor = monitor;
    this.#warnings = warnings;
  }
  async init({ config, log }: InitContext<TasksServiceConfig>): Promise<TasksMethods> {
    for (const [key, file] of Object.entries(config))
      if (file !== "") log.warn({ key, file }, "ignored: classes of block I/O and RDT are not set here");
    await this.#watchLoaded(log);
    const { containers } = this.#metadata;
    const [runtime, monitor, warnings] = [this.#runtime, this.#monitor, this.#warnings];
    return tasksService({ containers, runtime, monitor, warnings, log });
  }

  /** Tasks of an earlier run are watched again. */
  async #watchLoaded(log: InitContext["log"]): Promise<void> {
    if (this.#monitor === undefined) return;
    for (const task of this.#runtime.list({ namespace: "", all: true })) {
      try {
        const { runtime } = await this.#metadata.containers.get(task.id, { namespace: task.namespace });
        await this.#monitor.monitor(task, { runtime: runtime.name });
      } catch (error) {
        log.warn({ id: task.id, namespace: task.namespace, error: wireMessage(error) }, "monitor task");
      }
    }
  }
}

/** `io.containerd.grpc.v1.tasks`: serves it. */
@plugin({ type: GrpcPlugin, id: "tasks" })
export class GrpcTasksPlugin implements Plugin<GrpcServices> {
  readonly #service: TasksMethods;
  constructor(@requiresOne(TasksService) service: TasksMethods) {
    this.#service = service;
  }
  init(): GrpcServices {
    return { grpc: [implement(Tasks, this.#service)] };
  }
}
