import { resolver, type Resolve } from "./names.ts";
import { registrationOf, type PluginDefinition, type Registration } from "./registration.ts";

/** A plugin that does not come from the host program's own list. */
export interface SourcedPlugin {
  readonly plugin: PluginDefinition;
  /** Where it comes from, in words for introspection: `app` is the host program's own list. */
  readonly source: string;
}

/** Brings plugins from elsewhere, such as a folder of installed packages: what it loads is appended to the list. */
export interface PluginLoader {
  load(): Promise<readonly SourcedPlugin[]>;
}

/** An item of a list of plugins. */
export type ListedPlugin = PluginDefinition | SourcedPlugin;

/** A registration, and where it comes from. */
export interface Listed extends Registration {
  readonly source: string;
}

/** Which plugins are asked for. */
export interface Listing {
  /** All plugins there are; their order decides between those that do not depend on each other. */
  readonly plugins: readonly ListedPlugin[];
  /** URIs (or aliases) of plugins that are not to be there at all. Names of no plugin are ignored. */
  readonly disabled?: readonly string[];
}

/**
 * The registrations that are not disabled, and a finder among all.
 * @throws PluginError `plugin: id already registered`; TypeError for what is no plugin.
 */
export function listed({ plugins, disabled = [] }: Listing): {
  readonly list: Listed[];
  readonly resolve: Resolve<Listed>;
} {
  const every = plugins.map((item): Listed => {
    const { plugin, source } =
      typeof item === "object" && "source" in item ? item : { plugin: item, source: "app" };
    return { ...registrationOf(plugin), source };
  });
  const resolve = resolver(every);
  const off = new Set(disabled.map((name) => resolve(name)));
  return { list: every.filter((each) => !off.has(each)), resolve };
}
