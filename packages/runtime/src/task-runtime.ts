import type { Mount } from "@davit/mount";
import type { CallOptions } from "@davit/namespaces";
import { pluginType, type PluginType } from "@davit/plugin";
import type { Any } from "@davit/typeurl";
import type { TaskApiAddress } from "./shim-manager.ts";
import type { Exit, Stdio, Task } from "./task.ts";

export const RuntimePlugin: PluginType<TaskRuntime> = pluginType<TaskRuntime>("io.containerd.runtime.v2");

/** The runtime of a client that names none. */
export const DEFAULT_RUNTIME = "io.containerd.runc.v2";

/** What a task is made of. */
export interface CreateTask {
  readonly stdio: Stdio;
  /** The container's spec. */
  readonly spec: Any | undefined;
  /** Made, one upon the other, at the bundle's `rootfs`. */
  readonly rootfs: readonly Mount[];
  /** Name of the runtime, or absolute path of its shim. */
  readonly runtime: string;
  readonly runtimeOptions?: Any | undefined;
  /** Stand in place of the container's options when they have a value. */
  readonly taskOptions?: Any | undefined;
  /** Directory with the image of processes to restore, "" for none. */
  readonly checkpoint?: string | undefined;
  readonly sandboxId?: string | undefined;
  readonly taskApi?: TaskApiAddress | undefined;
}

/** Makes tasks of containers (containerd core/runtime, PlatformRuntime). */
export interface TaskRuntime {
  readonly id: string;
  /** @throws AlreadyExistsError `task <id>`; Error `failed to start shim: …`, `failed to create shim task: …`. */
  create(id: string, request: CreateTask, options: CallOptions): Promise<Task>;
  /** @throws NotFoundError `task <id> not found`; FailedPreconditionError without a namespace. */
  get(id: string, options: CallOptions): Task;
  /** Those of the namespace of the call; with `all` of every one. */
  list(options: CallOptions & { readonly all?: boolean | undefined }): readonly Task[];
  /**
   * Removes a task that has exited, its shim and its bundle.
   * @throws Error `failed to delete task: …`, when nothing was removed; NotFoundError when the shim had lost the task: what was left
   *   of it is removed then.
   */
  delete(id: string, options: CallOptions): Promise<Exit>;
  /**
   * Answers introspection: `containerd.types.RuntimeRequest` → `containerd.types.RuntimeInfo`.
   * @throws NotImplementedError for another request; Error when the runtime cannot say.
   */
  pluginInfo(request: Any, options?: { readonly signal?: AbortSignal | undefined }): Promise<Any>;
}
