import { EventPlugin, type EventExchange } from "@davit/events";
import { MetadataPlugin, type MetadataStore } from "@davit/metadata";
import { plugin, requires, type InitContext, type Plugin } from "@davit/plugin";
import { ShimPlugin, type ShimManager } from "@davit/runtime";
import { array, object, optional, record, string, type GenericSchema } from "valibot";
import { LocalShimManager } from "./manager.ts";
import { daemonFacts, timeoutsOf } from "./settings.ts";
import { socketDir } from "./socket-dir.ts";

/** The table `[plugins."io.containerd.shim.v1.manager"]`: containerd's keys, and `runtimes`. */
export interface ShimManagerConfig {
  /** `KEY=value` added to the environment of shims. */
  readonly env: readonly string[];
  /** Where shims listen, at most 42 characters; "" chooses. */
  readonly socket_dir: string;
  /** Absolute paths of shim binaries by runtime name, before any rule. */
  readonly runtimes: Readonly<Record<string, string>>;
}

const Config: GenericSchema<unknown, ShimManagerConfig> = object({
  env: optional(array(string()), []),
  socket_dir: optional(string(), ""),
  runtimes: optional(record(string(), string()), {}),
});

/** `io.containerd.shim.v1.manager`: a {@link LocalShimManager} told by `ctx.properties` where the daemon serves. */
@plugin({ type: ShimPlugin, id: "manager", config: Config })
export class ShimManagerPlugin implements Plugin<ShimManager, ShimManagerConfig> {
  readonly #events: EventExchange;
  readonly #metadata: MetadataStore;
  constructor(
    @requires(EventPlugin) events: EventExchange,
    @requires(MetadataPlugin) metadata: MetadataStore,
  ) {
    this.#events = events;
    this.#metadata = metadata;
  }
  async init(ctx: InitContext<ShimManagerConfig>): Promise<ShimManager> {
    const { env, socket_dir: configured, runtimes } = ctx.config;
    const facts = {
      configured,
      state: ctx.state,
      uid: process.geteuid?.() ?? 0,
      runtimeDir: process.env["XDG_RUNTIME_DIR"],
    };
    return new LocalShimManager({
      events: this.#events,
      metadata: this.#metadata,
      daemon: daemonFacts(ctx),
      socketDir: await socketDir(facts),
      env,
      runtimes,
      timeouts: timeoutsOf(ctx),
      log: ctx.log,
    });
  }
}
