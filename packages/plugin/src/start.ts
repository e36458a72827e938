import { wireMessage } from "@davit/errdefs";
import { validateAll, type CheckedConfig, type ConfigTables } from "./config.ts";
import { sortPlugins } from "./graph.ts";
import type { Host } from "./host.ts";
import { listed, type Listed, type Listing } from "./listing.ts";
import { loadAll } from "./load-all.ts";
import { silent, type Logger } from "./logger.ts";
import type { Resolve } from "./names.ts";
import type { PluginList } from "./plugin-info.ts";
import { PluginSet } from "./plugin-set.ts";
import { PluginRecord } from "./record.ts";

/** What `startPlugins` starts, and with what. */
export interface StartOptions extends Listing {
  /** The directory below which plugins keep what must survive a reboot. */
  readonly root: string;
  /** The directory below which plugins keep what need not. */
  readonly state: string;
  /** The parsed tables by plugin URI. */
  readonly config?: ConfigTables;
  /** URIs (or aliases) of plugins without which the start fails. */
  readonly required?: readonly string[];
  readonly log?: Logger;
  /** Gives the start up: all that is loaded is closed, and `startPlugins` rejects with the reason. Without effect afterwards. */
  readonly signal?: AbortSignal;
  /** How long an `init` may take (30 000). */
  readonly initTimeoutMs?: number;
  /** How long the disposer of one instance, or of one effect, may take (30 000). */
  readonly closeTimeoutMs?: number;
  /** The platform of this machine in the program's words (Node's, `linux/x64`). */
  readonly platform?: string;
  /** What `ctx.properties` tells all plugins. */
  readonly properties?: Readonly<Record<string, string>>;
}

/**
 * Validates the configuration of plugins that are listed, as a start would, and starts nothing.
 * @throws PluginError when the plugins cannot be sorted: duplicates, cycles.
 */
export async function checkConfig(
  options: Listing & { readonly config?: ConfigTables },
): Promise<CheckedConfig> {
  const { list, resolve } = listed(options);
  const sorted = sortPlugins(list).map(({ registration }) => registration);
  return validateAll(sorted, resolve, options.config ?? {});
}

/**
 * Initialises plugins in the order of their requirements, independent ones at the same time. A plugin that fails or is skipped
 * is kept in the set with its error, and fails no one but those that need it.
 * @throws PluginError for duplicates and cycles; ConfigError for a value of the wrong type; Error `required plugin [<uris>] not included`,
 * `load required plugin <uri>: <error>`, `plugin failed after registering readiness <uri>: <error>`. What was loaded is closed then.
 */
export async function startPlugins(options: StartOptions): Promise<PluginSet> {
  const { log = silent, signal } = options;
  signal?.throwIfAborted();
  const { list, resolve } = listed(options);
  const nodes = sortPlugins(list);
  const required = requiredUris(options.required ?? [], list, resolve);
  const config = await validateAll(
    nodes.map(({ registration }) => registration),
    resolve,
    options.config ?? {},
  );
  report(config, log);
  if (config.errors[0]) throw config.errors[0];

  const records = new Map<string, PluginRecord>();
  const set = new PluginSet(records, config);
  const host = hostOf(options, records);
  for (const { registration } of nodes) {
    const { uri, source } = registration;
    const facts = { host, source, config: config.values.get(uri), configured: config.configured.has(uri) };
    records.set(uri, new PluginRecord(registration, facts));
  }
  const after = new Map(nodes.map((node) => [node.registration.uri, node.after.map(({ uri }) => uri)]));
  try {
    await loadAll({ records, after, required, log, signal });
  } catch (error) {
    await set[Symbol.asyncDispose]().catch((closing: unknown) =>
      log.warn({ error: wireMessage(closing) }, "plugins failed to stop"),
    );
    throw error;
  }
  return set;
}

function requiredUris(
  names: readonly string[],
  list: readonly Listed[],
  resolve: Resolve<Listed>,
): Set<string> {
  const found = names.map((name) => list.find((each) => each === resolve(name))?.uri);
  const missing = names.filter((_, index) => found[index] === undefined);
  if (missing.length > 0) throw new Error(`required plugin [${missing.join(" ")}] not included`);
  return new Set(found as string[]);
}

function report({ unknownKeys, unusedTables }: CheckedConfig, log: Logger): void {
  for (const { uri, key, suggestion } of unknownKeys)
    log.warn(
      { plugin: uri, key, ...(suggestion && { suggestion }) },
      "ignoring unknown key in the configuration of a plugin",
    );
  for (const table of unusedTables)
    log.warn({ table }, "ignoring a table of the configuration: its plugin does not read it");
}

function hostOf(options: StartOptions, records: ReadonlyMap<string, PluginRecord>): Host {
  const {
    root,
    state,
    log = silent,
    properties = {},
    initTimeoutMs = 30_000,
    closeTimeoutMs = 30_000,
  } = options;
  const { platform = `${process.platform}/${process.arch}` } = options;
  return { root, state, log, properties, initTimeoutMs, closeTimeoutMs, platform, plugins: listOf(records) };
}

/** What plugins see of the set: they can list it, and neither look up in it nor stop it. */
const listOf = (records: ReadonlyMap<string, PluginRecord>): PluginList => ({
  get size() {
    return records.size;
  },
  get: (uri) => records.get(uri),
  [Symbol.iterator]: () => records.values(),
});
