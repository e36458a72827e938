import type { RuntimeInfo } from "@davit/api/types";
import type { CallOptions } from "@davit/namespaces";
import { pluginType, type PluginType } from "@davit/plugin";
import type { Any } from "@davit/typeurl";
import type { BundleFolders } from "./bundle.ts";
import type { Shim } from "./shim.ts";

export const ShimPlugin: PluginType<ShimManager> = pluginType<ShimManager>("io.containerd.shim.v1");

/** A task service that is served already, in place of a shim to be started. */
export interface TaskApiAddress {
  /** `<protocol>+<scheme>://…` */
  readonly address: string;
  readonly version: number;
}

/** What a shim is started for. */
export interface StartShimRequest {
  readonly id: string;
  readonly folders: BundleFolders;
  /** Name of the runtime, or absolute path of its binary. */
  readonly runtime: string;
  /** Its value becomes `config.json`. */
  readonly spec?: Any | undefined;
  /** What the runtime is told: of the task if it has any, else of the container. */
  readonly options?: Any | undefined;
  /** The sandbox whose shim serves the container, "" for none (reference 04 §7.1). */
  readonly sandboxId?: string | undefined;
  readonly taskApi?: TaskApiAddress | undefined;
}

/** What was found of an earlier run of the daemon. */
export interface LoadedShims {
  readonly shims: readonly Shim[];
  /** Bundles whose shim was gone, and has been cleaned up after. */
  readonly removed: number;
}

/** Starts shims of any kind, keeps the connections to them, and cleans up after those that die (containerd core/runtime/v2). */
export interface ShimManager {
  /**
   * The binary of a runtime.
   * @throws Error with containerd's text when the name is none, or nothing is installed.
   */
  resolveRuntime(runtime: string): Promise<string>;
  /** What `<binary> -info` says. Asked once per binary and options. @throws Error when the binary does not know `-info`. */
  runtimeInfo(
    runtime: string,
    options: { readonly options?: Any | undefined; readonly signal?: AbortSignal | undefined },
  ): Promise<RuntimeInfo>;
  /**
   * Makes the bundle, starts the shim (or joins the one that serves), connects to it and lists it. On failure nothing is left.
   * @throws AlreadyExistsError `task <id>`; InvalidArgumentError for the id; Error `start failed: …`.
   */
  start(request: StartShimRequest, options: CallOptions): Promise<Shim>;
  /** The shim of a container or sandbox, listed from `start` or `load` until it is gone. */
  get(namespace: string, id: string): Shim | undefined;
  /** Those of a namespace, or all. */
  list(namespace?: string): readonly Shim[];
  /**
   * Connects again to the shims an earlier run left in these folders. One that answers is listed, also when its container has
   * exited meanwhile; one that is dead is cleaned up after; one that does not answer in time is left alone.
   */
  load(folders: BundleFolders, options?: { readonly signal?: AbortSignal | undefined }): Promise<LoadedShims>;
}
