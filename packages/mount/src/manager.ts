import type { CallOptions } from "@davit/namespaces";
import { pluginType, type PluginType } from "@davit/plugin";
import type { Mount } from "./mount.ts";

export const MountManagerPlugin: PluginType<MountManager> = pluginType<MountManager>(
  "io.containerd.mount-manager.v1",
);

export interface ActiveMount {
  readonly mount: Mount;
  readonly mountedAt: bigint;
  readonly mountPoint: string;
}

/** What activating gave: the mounts the manager made, and those the caller is still to make. */
export interface ActivationInfo {
  readonly name: string;
  readonly active: readonly ActiveMount[];
  readonly system: readonly Mount[];
  readonly labels: Readonly<Record<string, string>>;
}

/** Makes mounts that need more than `mount(2)`: loop devices, formats, file systems made on the spot (reference 03 §4). */
export interface MountManager {
  /** @throws NotImplementedError when nothing needs the manager: the caller mounts by itself. */
  activate(
    name: string,
    mounts: readonly Mount[],
    options: CallOptions & {
      readonly labels?: Readonly<Record<string, string>>;
      readonly temporary?: boolean;
    },
  ): Promise<ActivationInfo>;
  /** @throws NotFoundError. */
  deactivate(name: string, options: CallOptions): Promise<void>;
  info(name: string, options: CallOptions): Promise<ActivationInfo>;
  list(options: CallOptions): AsyncIterable<ActivationInfo>;
}
