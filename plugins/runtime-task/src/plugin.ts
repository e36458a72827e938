import { mkdir } from "node:fs/promises";
import { WarningPlugin, type WarningStore } from "@davit/introspection";
import { MountManagerPlugin, type MountManager } from "@davit/mount";
import { plugin, requires, requiresOptional, type InitContext, type Plugin } from "@davit/plugin";
import { RuntimePlugin, ShimPlugin, type ShimManager, type TaskRuntime } from "@davit/runtime";
import { fsMagic, FsMagic } from "@davit/sys";
import { parseDuration } from "@davit/time";
import { array, object, optional, string, type GenericSchema } from "valibot";
import { TaskManager } from "./task-manager.ts";

/** The table `[plugins."io.containerd.runtime.v2.task"]`. */
export interface RuntimeTaskConfig {
  /** What is advertised; none is the platform of the host. */
  readonly platforms: readonly string[];
}

const Config: GenericSchema<unknown, RuntimeTaskConfig> = object({
  platforms: optional(array(string()), []),
});

/** `io.containerd.runtime.v2.task`: a {@link TaskManager}; shims of an earlier run are loaded at its start. */
@plugin({ type: RuntimePlugin, id: "task", config: Config })
export class RuntimeTaskPlugin implements Plugin<TaskRuntime, RuntimeTaskConfig> {
  readonly #shims: ShimManager;
  readonly #mounts: MountManager | undefined;
  readonly #warnings: WarningStore;
  constructor(
    @requires(ShimPlugin) shims: ShimManager,
    @requiresOptional(MountManagerPlugin) mounts: MountManager | undefined,
    @requires(WarningPlugin) warnings: WarningStore,
  ) {
    this.#shims = shims;
    this.#mounts = mounts;
    this.#warnings = warnings;
  }
  async init(ctx: InitContext<RuntimeTaskConfig>): Promise<TaskRuntime> {
    const { root, state, log, signal, config, properties } = ctx;
    ctx.exports["log-uri-schemes"] = "fifo,binary,binary-v2,file";
    ctx.platforms.push(...(config.platforms.length > 0 ? config.platforms : [ctx.platform]));
    if (!isUnified()) this.#warnings.emit("io.containerd.deprecation/cgroup-v1");
    for (const path of [root, state]) await mkdir(path, { recursive: true, mode: 0o711 });
    const folders = { root, state };
    await this.#shims.load(folders, { signal });
    const stateTimeoutMs = milliseconds(properties["io.containerd.timeout.task.state"]);
    const cleanupTimeoutMs = milliseconds(properties["io.containerd.timeout.shim.cleanup"]);
    const mounts = this.#mounts;
    return new TaskManager({ shims: this.#shims, mounts, folders, stateTimeoutMs, cleanupTimeoutMs, log });
  }
}

/** Whether the host has cgroup v2 alone. */
function isUnified(): boolean {
  try {
    return fsMagic("/sys/fs/cgroup") === FsMagic.CGROUP2_SUPER_MAGIC;
  } catch {
    return true; // no cgroups at all are no reason to warn
  }
}

function milliseconds(duration = ""): number | undefined {
  const value = parseDuration(duration);
  return value === undefined || value <= 0n ? undefined : Number(value / 1_000_000n);
}
