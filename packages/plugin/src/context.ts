import { join } from "node:path";
import { runFor, type Owner } from "./attribution.ts";
import type { Effects } from "./effects.ts";
import type { Host } from "./host.ts";
import type { InitContext } from "./plugin.ts";
import type { PluginEntry } from "./plugin-info.ts";
import type { Readiness } from "./readiness.ts";

/** What the context of a plugin is made of. */
export interface ContextParts {
  /** Its lists and exports are handed out as they are, to be changed. */
  readonly record: PluginEntry & Owner & Pick<InitContext, "exports" | "capabilities" | "platforms">;
  readonly host: Host;
  readonly config: unknown;
  readonly signal: AbortSignal;
  readonly effects: Effects;
  readonly readiness: Readiness;
}

/** Makes the argument of `init`. Its functions need no `this`. */
export function contextOf({ record, host, config, signal, effects, readiness }: ContextParts): InitContext {
  const { type, id, uri, source, exports, capabilities, platforms } = record;
  return {
    meta: { type, id, uri, source },
    root: join(host.root, uri),
    state: join(host.state, uri),
    config,
    signal,
    log: host.log.child({ plugin: uri }),
    platform: host.platform,
    exports,
    capabilities,
    platforms,
    properties: host.properties,
    plugins: host.plugins,
    readiness: () => readiness.register(),
    effect(fn) {
      signal.throwIfAborted();
      return effects.add(runFor(record, fn));
    },
  };
}
