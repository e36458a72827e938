import { plugin, type InitContext, type Plugin } from "@davit/plugin";
import { SnapshotPlugin, type Snapshotter } from "@davit/snapshots";
import { object, optional, string, type GenericSchema } from "valibot";
import { NativeSnapshotter } from "./native-snapshotter.ts";

/** The table `[plugins."io.containerd.snapshotter.v1.native"]`. */
export interface NativeConfig {
  /** Where the copies lie, if not in the plugin's root. */
  readonly root_path: string;
}

const Config: GenericSchema<unknown, NativeConfig> = object({ root_path: optional(string(), "") });

@plugin({ type: SnapshotPlugin, id: "native", config: Config, platforms: "host" })
export class NativePlugin implements Plugin<Snapshotter, NativeConfig> {
  init(ctx: InitContext<NativeConfig>): Promise<Snapshotter> {
    const root = ctx.config.root_path === "" ? ctx.root : ctx.config.root_path;
    ctx.exports["root"] = root;
    return NativeSnapshotter.open(root);
  }
}
