/** `loading` until `init` has ended (also while it waits for others); `disposed` when it was loaded and has been closed. */
export type PluginState = "loading" | "loaded" | "skipped" | "failed" | "disposed";

/** What introspection tells of a plugin: data, at one moment. */
export interface PluginInfo {
  readonly type: string;
  readonly id: string;
  /** `type`.`id` */
  readonly uri: string;
  /** The types required, in the order declared, each once. */
  readonly requires: readonly string[];
  readonly platforms: readonly string[];
  readonly exports: Readonly<Record<string, string>>;
  readonly capabilities: readonly string[];
  readonly state: PluginState;
  /** Why it was skipped or has failed: what `init`, a look-up or, later, the plugin's own code threw. */
  readonly error: unknown;
  /** Milliseconds from the construction to the end of `init`, without the wait for others; undefined when it has not run. */
  readonly initMs: number | undefined;
  /** Whether the configuration has a table for it. */
  readonly configured: boolean;
  /** Where it comes from: `app` for the list of the host program, else what its loader says. */
  readonly source: string;
}

/** A plugin as those see it that list plugins. */
export interface PluginEntry extends PluginInfo {
  /** What `init` returned; undefined unless loaded. */
  readonly instance: unknown;
}

/** All plugins in load order, failed and skipped ones included, disabled ones not. Live: entries change with the plugins. */
export interface PluginList extends Iterable<PluginEntry> {
  readonly size: number;
  /** The plugin of that URI. */
  get(uri: string): PluginEntry | undefined;
}
