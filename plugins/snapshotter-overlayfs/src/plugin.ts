import { mkdir } from "node:fs/promises";
import { plugin, SkipPluginError, type InitContext, type Plugin } from "@davit/plugin";
import { SnapshotPlugin, type Snapshotter } from "@davit/snapshots";
import { array, boolean, object, optional, string, type GenericSchema } from "valibot";
import { OverlaySnapshotter } from "./overlay-snapshotter.ts";
import { defaultOptions, inUserNamespace, probeFailure, probeOverlay } from "./support.ts";

/** The table `[plugins."io.containerd.snapshotter.v1.overlayfs"]`, containerd's keys. */
export interface OverlayfsConfig {
  /** Where the layers lie, if not in the plugin's root. */
  readonly root_path: string;
  readonly upperdir_label: boolean;
  readonly sync_remove: boolean;
  readonly slow_chown: boolean;
  /** Options added to every overlay mount. */
  readonly mount_options: readonly string[];
}

const Config: GenericSchema<unknown, OverlayfsConfig> = object({
  root_path: optional(string(), ""),
  upperdir_label: optional(boolean(), false),
  sync_remove: optional(boolean(), false),
  slow_chown: optional(boolean(), false),
  mount_options: optional(array(string()), []),
});

@plugin({ type: SnapshotPlugin, id: "overlayfs", config: Config, platforms: "host" })
export class OverlayfsPlugin implements Plugin<Snapshotter, OverlayfsConfig> {
  async init(ctx: InitContext<OverlayfsConfig>): Promise<Snapshotter> {
    const { root_path, upperdir_label, sync_remove, mount_options } = ctx.config;
    const root = root_path === "" ? ctx.root : root_path;
    ctx.exports["root"] = root;
    await mkdir(root, { recursive: true, mode: 0o700 });
    try {
      probeOverlay(root, defaultOptions(mount_options));
    } catch (cause) {
      throw new SkipPluginError(`overlayfs cannot be mounted on ${root}${probeFailure(root, cause)}`, {
        cause,
      });
    }
    if (!inUserNamespace()) ctx.capabilities.push("rebase");
    return OverlaySnapshotter.open(root, {
      mountOptions: mount_options,
      syncRemove: sync_remove,
      upperdirLabel: upperdir_label,
    });
  }
}
