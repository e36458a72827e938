import { wireMessage } from "@davit/errdefs";
import { checkConfig, type PluginDefinition } from "@davit/plugin";
import { stringify } from "smol-toml";
import type { LoadedConfig } from "./config/load.ts";
import type { Config } from "./config/schema.ts";

/** The configuration with every plugin's own defaults filled in, as TOML of version 4. */
export async function dumpConfig(config: Config, plugins: readonly PluginDefinition[]): Promise<string> {
  const { values } = await checkConfig({
    plugins,
    config: config.plugins,
    disabled: config.disabled_plugins,
  });
  const tables = [...values].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return stringify({ ...config, plugins: { ...config.plugins, ...Object.fromEntries(tables) } });
}

/** What is wrong with a configuration, a sentence each: wrong types, unknown keys, tables nobody reads. */
export async function problemsOf(
  { config, unknownKeys }: Pick<LoadedConfig, "config" | "unknownKeys">,
  plugins: readonly PluginDefinition[],
): Promise<string[]> {
  const checked = await checkConfig({ plugins, config: config.plugins, disabled: config.disabled_plugins });
  const hint = (suggestion: string | undefined) =>
    suggestion === undefined ? "" : `; did you mean "${suggestion}"?`;
  return [
    ...unknownKeys.map(
      ({ file, line, key, suggestion }) =>
        `${file}${line === undefined ? "" : `:${line}`}: unknown key "${key}"${hint(suggestion)}`,
    ),
    ...checked.errors.map((error) => wireMessage(error)),
    ...checked.unknownKeys.map(
      ({ uri, key, suggestion }) => `plugin ${uri}: unknown key "${key}"${hint(suggestion)}`,
    ),
    ...checked.unusedTables.map((table) => `plugin table "${table}": its plugin takes no configuration`),
  ];
}
