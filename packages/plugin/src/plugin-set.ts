import { runFor } from "./attribution.ts";
import type { CheckedConfig } from "./config.ts";
import { failed } from "./describe.ts";
import { lookUp, type Records } from "./look-up.ts";
import type { PluginEntry, PluginInfo, PluginList } from "./plugin-info.ts";
import type { PluginRecord } from "./record.ts";
import { requirementOf, type Given, type Requirable } from "./requirement.ts";

/** The plugins of one host program, in load order: started by `startPlugins`, stopped by disposing it. */
export class PluginSet implements PluginList, AsyncDisposable {
  readonly #records: Records;
  #closed: Promise<void> | undefined = undefined;
  /** What was found in the configuration. */
  readonly config: CheckedConfig;

  constructor(records: Records, config: CheckedConfig) {
    this.#records = records;
    this.config = config;
  }

  get size(): number {
    return this.#records.size;
  }

  /** The plugin of that URI, in whatever state. */
  get(uri: string): PluginEntry | undefined {
    return this.#records.get(uri);
  }

  [Symbol.iterator](): Iterator<PluginEntry> {
    return this.#records.values();
  }

  /** The plugins whose instances are in service, in load order. */
  loaded(): PluginEntry[] {
    return [...this.#records.values()].filter(({ inService }) => inService);
  }

  /** What introspection tells of each plugin, in load order. */
  infos(): PluginInfo[] {
    return [...this.#records.values()].map((record) => record.info());
  }

  /**
   * What a plugin with that requirement would be given: `set.lookUp(ContentPlugin)`, `set.lookUp(all(SnapshotPlugin))`.
   * @throws PluginError as `requires` and `requiresOne` do: not found, multiple instances, or the failure of the plugin itself.
   */
  lookUp<R extends Requirable>(target: R): Given<R> {
    return lookUp(requirementOf(target), this.#records) as Given<R>;
  }

  /**
   * Waits for the plugins that said they become ready later than initialised.
   * @throws Error `plugin failed after registering readiness <uri>: <error>`.
   */
  async ready(): Promise<void> {
    for (const { uri, readiness } of this.#records.values())
      await readiness.wait().catch((error: unknown) => {
        throw failed(`plugin failed after registering readiness ${uri}`, error);
      });
  }

  /** Runs `fn` on behalf of a plugin: what it leaves behind and throws later is attributed to that plugin. */
  runAs<R>(uri: string, fn: () => R): R {
    const record = this.#records.get(uri);
    return record ? runFor(record, fn) : fn();
  }

  /**
   * Stops the plugins, one at a time, in reverse of their load order: aborts the plugin's signal, closes the instance, undoes the effects.
   * Goes on whatever fails. Doing it again awaits the first time.
   * @throws AggregateError at the end, with all that was thrown.
   */
  [Symbol.asyncDispose](): Promise<void> {
    return (this.#closed ??= closeAll([...this.#records.values()]));
  }
}

async function closeAll(records: readonly PluginRecord[]): Promise<void> {
  const errors: unknown[] = [];
  for (const record of records.toReversed()) await record.close(errors);
  if (errors.length > 0) throw new AggregateError(errors, "plugins failed to stop");
}
