import {
  InvalidArgumentError,
  isAlreadyExists,
  isInvalidArgument,
  isNotFound,
  NotFoundError,
  wireMessage,
} from "@davit/errdefs";
import type { Mount, MountManager } from "@davit/mount";
import { requireNamespace, type CallOptions } from "@davit/namespaces";
import type { Logger } from "@davit/plugin";
import {
  DEFAULT_RUNTIME,
  isShimClosed,
  type BundleFolders,
  type CreateTask,
  type Exit,
  type Shim,
  type ShimManager,
  type Task,
  type TaskRuntime,
} from "@davit/runtime";
import type { Any } from "@davit/typeurl";
import { anyField, exitFrom, withValue } from "./convert.ts";
import { requireIdmapMounts, usesIdmapMounts } from "./features.ts";
import { pluginInfo } from "./plugin-info.ts";
import { RootfsMounts } from "./rootfs.ts";
import { ShimTask } from "./shim-task.ts";

/** What tasks are made with. */
export interface TaskManagerOptions {
  readonly shims: ShimManager;
  readonly mounts?: MountManager | undefined;
  /** Where bundles and work directories lie. */
  readonly folders: BundleFolders;
  /** How long State may take, in milliseconds (2000). */
  readonly stateTimeoutMs?: number | undefined;
  /** How long the clean-up after a failed create may take, in milliseconds (5000). */
  readonly cleanupTimeoutMs?: number | undefined;
  readonly log: Logger;
}

/** The annotation of a runtime's information that lists the types of mounts its shim makes itself. */
const ALLOW_MOUNTS = "containerd.io/runtime-allow-mounts";
/** Runtimes known to make no mounts of their own: they are not asked. */
const PLAIN_RUNTIMES = new Set([DEFAULT_RUNTIME, "io.containerd.runhcs.v1"]);

/** Tasks in shims (containerd core/runtime/v2, TaskManager). */
export class TaskManager implements TaskRuntime {
  readonly id = "task";
  readonly #options: TaskManagerOptions;
  readonly #rootfs: RootfsMounts;

  constructor(options: TaskManagerOptions) {
    this.#options = options;
    this.#rootfs = new RootfsMounts(options.mounts, options.log);
  }

  async create(id: string, request: CreateTask, options: CallOptions): Promise<Task> {
    requireNamespace(options);
    // A runtime cannot do without, and says so less clearly.
    if (withValue(request.spec) === undefined) throw new InvalidArgumentError(`container ${id} has no spec`);
    await this.#validateFeatures(request, options);
    const rootfs = await this.#activate(id, request, options);
    try {
      const shim = await this.#startShim(id, request, options);
      await this.#createIn(shim, { ...request, rootfs }, options);
      return this.#taskOf(shim);
    } catch (error) {
      if (!isAlreadyExists(error)) await this.#rootfs.deactivate(id, options);
      throw error;
    }
  }

  get(id: string, options: CallOptions): Task {
    return this.#taskOf(this.#shimOf(id, options));
  }

  list(options: CallOptions & { readonly all?: boolean | undefined }): readonly Task[] {
    const { shims } = this.#options;
    const found = options.all === true ? shims.list() : shims.list(requireNamespace(options));
    return found.filter((shim) => this.#owns(shim)).map((shim) => this.#taskOf(shim));
  }

  async delete(id: string, options: CallOptions): Promise<Exit> {
    const shim = this.#shimOf(id, options);
    let exit: Exit | undefined;
    let lost: unknown;
    try {
      exit = exitFrom(await shim.task.delete({ id }, options));
    } catch (error) {
      if (!isShimClosed(error) && !isNotFound(error))
        throw new Error("failed to delete task", { cause: error });
      lost = error;
    }
    await shim.remove({ deleted: exit !== undefined, exit });
    await this.#rootfs.deactivate(id, options);
    if (exit === undefined) throw new NotFoundError("failed to delete task", { cause: lost });
    return exit;
  }

  pluginInfo(request: Any, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<Any> {
    return pluginInfo(this.#options.shims, request, signal);
  }

  #taskOf(shim: Shim): ShimTask {
    return new ShimTask(shim, this.#options.stateTimeoutMs ?? 2000);
  }

  #shimOf(id: string, options: CallOptions): Shim {
    const shim = this.#options.shims.get(requireNamespace(options), id);
    if (shim === undefined || !this.#owns(shim))
      throw new NotFoundError(`task ${id} not found`, { bare: true });
    return shim;
  }

  /** Sandboxes have shims too, in folders of their own. */
  #owns(shim: Shim): boolean {
    return shim.bundle.folders.state === this.#options.folders.state;
  }

  async #validateFeatures(request: CreateTask, { signal }: CallOptions): Promise<void> {
    if (request.spec === undefined || !usesIdmapMounts(request.spec)) return;
    try {
      const { shims } = this.#options;
      requireIdmapMounts(await shims.runtimeInfo(request.runtime, { options: optionsOf(request), signal }));
    } catch (cause) {
      throw new Error("failed to validate OCI runtime features", { cause });
    }
  }

  async #activate(id: string, request: CreateTask, options: CallOptions): Promise<readonly Mount[]> {
    const allowed = this.#rootfs.managed ? await this.#allowedMounts(request, options) : [];
    return this.#rootfs.activate(id, request.rootfs, allowed, options);
  }

  async #allowedMounts(request: CreateTask, { signal }: CallOptions): Promise<readonly string[]> {
    const { runtime } = request;
    if (PLAIN_RUNTIMES.has(runtime)) return [];
    const { shims, log } = this.#options;
    try {
      const { annotations } = await shims.runtimeInfo(runtime, { options: optionsOf(request), signal });
      return (annotations[ALLOW_MOUNTS] ?? "")
        .split(",")
        .map((type) => type.trim())
        .filter(Boolean);
    } catch (error) {
      log.debug({ runtime, error: wireMessage(error) }, "the runtime tells nothing of itself");
      return [];
    }
  }

  async #startShim(id: string, request: CreateTask, options: CallOptions): Promise<Shim> {
    const { spec, runtime, sandboxId, taskApi } = request;
    const { folders, shims } = this.#options;
    const start = { id, folders, runtime, spec, options: optionsOf(request), sandboxId, taskApi };
    try {
      return await shims.start(start, options);
    } catch (error) {
      if (isAlreadyExists(error) || isInvalidArgument(error)) throw error;
      throw new Error("failed to start shim", { cause: error });
    }
  }

  async #createIn(shim: Shim, request: CreateTask, options: CallOptions): Promise<void> {
    const { stdin, stdout, stderr, terminal } = request.stdio;
    const rootfs = request.rootfs.map(({ type, source, target = "", options: flags }) => ({
      type,
      source,
      target,
      options: [...flags],
    }));
    const io = { stdin, stdout, stderr, terminal };
    const checkpoint = request.checkpoint ?? "";
    const own = { id: shim.id, bundle: shim.bundle.path, checkpoint, options: anyField(optionsOf(request)) };
    try {
      await shim.task.create({ ...own, ...io, rootfs }, options);
    } catch (cause) {
      await this.#discard(shim);
      throw new Error("failed to create shim task", { cause });
    }
  }

  /** What a failed create left: perhaps a container, surely a shim. It is nobody's business any more, so nothing is told of it. */
  async #discard(shim: Shim): Promise<void> {
    shim.forget();
    const signal = AbortSignal.timeout(this.#options.cleanupTimeoutMs ?? 5000);
    const { id, namespace } = shim;
    const deleted = await shim.task.delete({ id }, { namespace, signal }).then(
      () => true,
      () => false,
    );
    await shim.remove({ deleted });
  }
}

/** What the shim is told: the task's options if they have a value, else the container's. */
const optionsOf = ({ taskOptions, runtimeOptions }: CreateTask): Any | undefined =>
  withValue(taskOptions) ?? runtimeOptions;
