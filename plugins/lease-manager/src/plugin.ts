import { GcPlugin, type GcScheduler } from "@davit/gc";
import { LeasePlugin, type LeaseManager } from "@davit/leases";
import { MetadataPlugin, type MetadataStore } from "@davit/metadata";
import { plugin, requires, requiresOptional, type Plugin } from "@davit/plugin";
import { ManagedLeases } from "./managed-leases.ts";

/** `io.containerd.lease.v1.manager` */
@plugin({ type: LeasePlugin, id: "manager" })
export class LeaseManagerPlugin implements Plugin<LeaseManager> {
  readonly #metadata: MetadataStore;
  readonly #gc: GcScheduler | undefined;

  constructor(
    @requires(MetadataPlugin) metadata: MetadataStore,
    @requiresOptional(GcPlugin) gc: GcScheduler | undefined,
  ) {
    this.#metadata = metadata;
    this.#gc = gc;
  }

  init(): LeaseManager {
    return new ManagedLeases(this.#metadata.leases, this.#gc);
  }
}
