import { dirname, join } from "node:path";
import { DEFAULT_LIMITS, unpackPool } from "@davit/archive";
import { DiffPlugin, type Differ } from "@davit/diff";
import { MetadataPlugin, type MetadataStore } from "@davit/metadata";
import { MountManagerPlugin, type MountManager } from "@davit/mount";
import { plugin, requires, requiresOptional, type InitContext, type Plugin } from "@davit/plugin";
import { integer, minValue, number, object, optional, pipe, type GenericSchema } from "valibot";
import { WalkingDiffer } from "./walking-differ.ts";

/** The table `[plugins."io.containerd.differ.v1.walking"]`; containerd's has no keys. */
export interface WalkingConfig {
  /** Threads that unpack; 0: one for each core. */
  readonly workers: number;
  /** A layer of more bytes, uncompressed, is refused. */
  readonly max_layer_bytes: number;
  /** A layer of more members is refused. */
  readonly max_layer_entries: number;
  /** A layer that grows more when it is decompressed is refused, from the first gibibyte on. */
  readonly max_layer_ratio: number;
}

const from = (least: number, standard: number) =>
  optional(pipe(number(), integer(), minValue(least)), standard);

const Config: GenericSchema<unknown, WalkingConfig> = object({
  workers: from(0, 0),
  max_layer_bytes: from(1, DEFAULT_LIMITS.maxBytes),
  max_layer_entries: from(1, DEFAULT_LIMITS.maxEntries),
  max_layer_ratio: from(1, DEFAULT_LIMITS.maxRatio),
});

/** The property by which the daemon tells where mounts are made for a short time: it undoes at its start what is left there. */
const MOUNTS_PROPERTY = "davit.temporary-mounts";

/** `io.containerd.differ.v1.walking`. */
@plugin({ type: DiffPlugin, id: "walking", config: Config, platforms: "host" })
export class DifferWalkingPlugin implements Plugin<Differ, WalkingConfig> {
  readonly #metadata: MetadataStore;
  readonly #mountManager: MountManager | undefined;

  constructor(
    @requires(MetadataPlugin) metadata: MetadataStore,
    @requiresOptional(MountManagerPlugin) mountManager: MountManager | undefined,
  ) {
    this.#metadata = metadata;
    this.#mountManager = mountManager;
  }

  init({ config, root, properties, log }: InitContext<WalkingConfig>): WalkingDiffer {
    return new WalkingDiffer({
      content: this.#metadata.content,
      pool: unpackPool(config.workers === 0 ? {} : { size: config.workers }),
      mountDir: properties[MOUNTS_PROPERTY] ?? join(dirname(root), "tmpmounts"),
      spoolDir: root,
      mountManager: this.#mountManager,
      limits: {
        maxBytes: config.max_layer_bytes,
        maxEntries: config.max_layer_entries,
        maxRatio: config.max_layer_ratio,
      },
      log,
    });
  }
}
