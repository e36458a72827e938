import { DiffPlugin, type Differ } from "@davit/diff";
import { LeasePlugin, type LeaseManager } from "@davit/leases";
import { MetadataPlugin, type MetadataStore } from "@davit/metadata";
import { plugin, requires, requiresAll, type InitContext, type Plugin } from "@davit/plugin";
import { SnapshotPlugin, type Snapshotter } from "@davit/snapshots";
import { ImageVerifierPlugin, TransferPlugin, type ImageVerifier, type Transferrer } from "@davit/transfer";
import { Config, type TransferConfig } from "./config.ts";
import { LocalTransfer } from "./local-transfer.ts";

/** What the host program calls its version; see the version service. */
const VERSION_PROPERTY = "davit.version";

/** `io.containerd.transfer.v1.local`. */
@plugin({ type: TransferPlugin, id: "local", config: Config })
export class TransferLocalPlugin implements Plugin<Transferrer, TransferConfig> {
  readonly #leases: LeaseManager;
  readonly #metadata: MetadataStore;
  readonly #differs: ReadonlyMap<string, Differ>;
  readonly #verifiers: ReadonlyMap<string, ImageVerifier>;

  constructor(
    @requires(LeasePlugin) leases: LeaseManager,
    @requires(MetadataPlugin) metadata: MetadataStore,
    @requiresAll(DiffPlugin) differs: ReadonlyMap<string, Differ>,
    @requiresAll(ImageVerifierPlugin) verifiers: ReadonlyMap<string, ImageVerifier>,
    // The metadata store has them, divided into namespaces; what they can do is told by themselves.
    @requiresAll(SnapshotPlugin) _snapshotters: ReadonlyMap<string, Snapshotter>,
  ) {
    this.#leases = leases;
    this.#metadata = metadata;
    this.#differs = differs;
    this.#verifiers = verifiers;
  }

  init({ config, log, plugins, properties, root }: InitContext<TransferConfig>): Transferrer {
    const version = properties[VERSION_PROPERTY] ?? "";
    return new LocalTransfer({
      metadata: this.#metadata,
      leases: this.#leases,
      differs: this.#differs,
      verifiers: this.#verifiers,
      plugins,
      config,
      root,
      userAgent: version === "" ? "davit" : `davit/${version}`,
      log,
    });
  }
}
