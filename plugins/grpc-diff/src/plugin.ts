import { Diff } from "@davit/api/services/diff";
import { DiffPlugin, DiffService, type Differ } from "@davit/diff";
import { plugin, requiresAll, requiresOne, type InitContext, type Plugin } from "@davit/plugin";
import { GrpcPlugin, implement, type GrpcServices, type ServiceMethods } from "@davit/server";
import { array, boolean, object, optional, string, type GenericSchema } from "valibot";
import { diffService } from "./service.ts";

type DiffMethods = ServiceMethods<typeof Diff>;

/** The table `[plugins."io.containerd.service.v1.diff-service"]`, containerd's keys. */
export interface DiffServiceConfig {
  /** The differs that are asked, in this order. */
  readonly default: readonly string[];
  /** Sync file systems after every apply. */
  readonly sync_fs: boolean;
}

const Config: GenericSchema<unknown, DiffServiceConfig> = object({
  default: optional(array(string()), ["walking"]),
  sync_fs: optional(boolean(), false),
});

/** `io.containerd.service.v1.diff-service`: the diff API over the configured differs. */
@plugin({ ...DiffService, config: Config })
export class DiffServicePlugin implements Plugin<DiffMethods, DiffServiceConfig> {
  readonly #differs: ReadonlyMap<string, Differ>;
  constructor(@requiresAll(DiffPlugin) differs: ReadonlyMap<string, Differ>) {
    this.#differs = differs;
  }
  init({ config: { default: order, sync_fs: syncFs } }: InitContext<DiffServiceConfig>): DiffMethods {
    const missing = order.find((id) => !this.#differs.has(id));
    if (missing !== undefined) throw new Error(`needed differ not loaded: ${missing}`);
    return diffService({ differs: this.#differs, order, syncFs });
  }
}

/** `io.containerd.grpc.v1.diff`: serves it. */
@plugin({ type: GrpcPlugin, id: "diff" })
export class GrpcDiffPlugin implements Plugin<GrpcServices> {
  readonly #service: DiffMethods;
  constructor(@requiresOne(DiffService) service: DiffMethods) {
    this.#service = service;
  }
  init(): GrpcServices {
    return { grpc: [implement(Diff, this.#service)] };
  }
}
