import type { Tasks } from "@davit/api/services/tasks";
import type { ContainerStore } from "@davit/containers";
import {
  InvalidArgumentError,
  isDeadlineExceeded,
  isNotFound,
  isUnavailable,
  NotImplementedError,
} from "@davit/errdefs";
import type { WarningStore } from "@davit/introspection";
import { requireNamespace, type CallOptions } from "@davit/namespaces";
import type { Logger } from "@davit/plugin";
import type { Task, TaskMonitor, TaskRuntime } from "@davit/runtime";
import type { ServiceMethods } from "@davit/server";
import { toTimestamp } from "@davit/time";
import { anyToProto, exitToProto, processToProto } from "./convert.ts";
import { createTask } from "./create.ts";
import { Lookup } from "./lookup.ts";
import { taskMetrics } from "./metrics.ts";
import { checkpointOptions } from "./options.ts";

/** What the tasks service stands on. */
export interface TasksServiceOptions {
  readonly containers: Pick<ContainerStore, "get">;
  readonly runtime: TaskRuntime;
  readonly monitor?: TaskMonitor | undefined;
  readonly warnings: Pick<WarningStore, "emit">;
  readonly log: Logger;
}

/** The methods of `containerd.services.tasks.v1.Tasks` over a runtime (reference 04 §7). */
export function tasksService(parts: TasksServiceOptions): ServiceMethods<typeof Tasks> {
  const { runtime, monitor, log } = parts;
  const lookup = new Lookup(parts.containers, runtime);
  return {
    create: async (request, options) => {
      const { task, container } = await createTask({ ...parts, lookup }, request, options);
      await monitor?.monitor(task, { runtime: container.runtime.name });
      return { containerId: task.id, pid: await task.pid(options) };
    },
    start: async ({ containerId, execId }, options) => {
      const task = await lookup.task(containerId, options);
      await task.start({ execId }, options);
      return { pid: (await task.state({ execId }, options)).pid };
    },
    delete: async ({ containerId }, options) => {
      const task = await lookup.task(containerId, options);
      await monitor?.stop(task);
      return exitToProto("", await runtime.delete(containerId, options));
    },
    deleteProcess: async ({ containerId, execId }, options) => {
      const task = await lookup.task(containerId, options);
      // The shim would take no exec id for init, and leave half a task.
      if (execId === "") throw new InvalidArgumentError("exec id cannot be empty", { bare: true });
      return exitToProto(execId, await task.deleteExec(execId, options));
    },
    get: async ({ containerId, execId }, options) => {
      const task = await lookup.task(containerId, options);
      return { process: processToProto(execId || containerId, await task.state({ execId }, options)) };
    },
    list: async (_request, options) => ({ tasks: await states(runtime.list(options), options) }),
    kill: async ({ containerId, execId, signal, all }, options) => {
      const task = await lookup.task(containerId, options);
      await task.kill({ execId, signal, all }, options);
      return {};
    },
    exec: async (request, options) => {
      const { containerId, execId } = request;
      if (execId === "") throw new InvalidArgumentError("exec id cannot be empty", { bare: true });
      const task = await lookup.task(containerId, options);
      await task.exec(request, options);
      return {};
    },
    resizePty: async ({ containerId, execId, width, height }, options) => {
      const task = await lookup.task(containerId, options);
      await task.resizePty({ execId, width, height }, options);
      return {};
    },
    closeIO: async ({ containerId, execId, stdin }, options) => {
      const task = await lookup.task(containerId, options);
      if (stdin) await task.closeStdin({ execId }, options);
      return {};
    },
    pause: async ({ containerId }, options) => {
      await (await lookup.task(containerId, options)).pause(options);
      return {};
    },
    resume: async ({ containerId }, options) => {
      await (await lookup.task(containerId, options)).resume(options);
      return {};
    },
    listPids: async ({ containerId }, options) => {
      const task = await lookup.task(containerId, options);
      const processes = await task.pids(options);
      return { processes: processes.map(({ pid, info }) => ({ pid, info: anyToProto(info) })) };
    },
    checkpoint: async ({ containerId, options: any }, options) => {
      const container = await lookup.container(containerId, options);
      const task = runtime.get(containerId, options);
      const criu = any && (await checkpointOptions(container.runtime.name, any));
      if (!criu?.imagePath)
        throw new NotImplementedError(
          "a checkpoint is not kept in the content store: name a directory as image_path in the options",
        );
      await task.checkpoint({ path: criu.imagePath, options: any }, options);
      return { descriptors: [] };
    },
    update: async ({ containerId, resources, annotations }, options) => {
      const task = await lookup.task(containerId, options);
      await task.update({ resources, annotations }, options);
      return {};
    },
    metrics: async ({ filters }, options) => ({ metrics: await taskMetrics(runtime, filters, options, log) }),
    wait: async ({ containerId, execId }, options) => {
      const task = await lookup.task(containerId, options);
      const { status, exitedAt } = await task.wait({ execId }, options);
      return { exitStatus: status, exitedAt: toTimestamp(exitedAt) };
    },
  };
}

type Listed = ReturnType<typeof processToProto>;

/** The states of tasks; those that go while they are asked, or do not answer, are left out. */
async function states(tasks: readonly Task[], options: CallOptions): Promise<Listed[]> {
  requireNamespace(options);
  const found = await Promise.all(
    tasks.map(async (task) => {
      try {
        return processToProto(task.id, await task.state({}, options));
      } catch (error) {
        if (isNotFound(error) || isUnavailable(error) || isDeadlineExceeded(error)) return undefined;
        throw error;
      }
    }),
  );
  return found.filter((process) => process !== undefined);
}
