import type { Introspection } from "@davit/api/services/introspection";
import { InvalidArgumentError } from "@davit/errdefs";
import { fieldAdaptor, parseFilters, type Filter } from "@davit/filters";
import type { WarningStore } from "@davit/introspection";
import type { PluginList } from "@davit/plugin";
import type { ServiceMethods } from "@davit/server";
import { pluginToProto, warningToProto } from "./convert.ts";
import type { Identity } from "./identity.ts";
import { pluginInfo } from "./plugin-info.ts";

/** What introspection tells of. */
export interface IntrospectionSources {
  /** Live: those that load after the service are there, too. */
  readonly plugins: PluginList;
  readonly warnings: Pick<WarningStore, "warnings">;
  readonly identity: Identity;
}

/** The methods of `containerd.services.introspection.v1.Introspection`. None of them needs a namespace. */
export function introspectionService({
  plugins,
  warnings,
  identity,
}: IntrospectionSources): ServiceMethods<typeof Introspection> {
  return {
    plugins: async ({ filters }) => {
      const matches = parse(filters);
      const found = [...plugins].filter(({ type, id }) => matches(fieldAdaptor({ type, id })));
      return { plugins: found.map(pluginToProto) };
    },
    server: async () => ({
      uuid: await identity.uuid(),
      pid: BigInt(identity.pid),
      pidns: await identity.pidNamespace(),
      deprecations: warnings.warnings().map(warningToProto),
    }),
    pluginInfo: (request) => pluginInfo(plugins, request),
  };
}

/** @throws InvalidArgumentError whose text begins with the kind's, too: so this one service says it. */
function parse(filters: readonly string[]): Filter {
  try {
    return parseFilters(filters);
  } catch (cause) {
    throw new InvalidArgumentError("invalid argument", { cause });
  }
}
