import {
  definePlugin,
  pluginType,
  startPlugins,
  type DefinedPlugin,
  type InitContext,
  type PluginSet,
  type PluginType,
  type Requirable,
  type StartOptions,
} from "@davit/plugin";

/** Types of plugins whose instances are anything: what tests need to speak of order and failure. */
export const A: PluginType<unknown> = pluginType("test.a.v1");
export const B: PluginType<unknown> = pluginType("test.b.v1");
export const C: PluginType<unknown> = pluginType("test.c.v1");

/** A plugin in short: `init` may be left out. */
export const make = (
  type: PluginType<unknown>,
  id: string,
  requires: Readonly<Record<string, Requirable>> = {},
  init: (ctx: InitContext<undefined>, deps: Readonly<Record<string, unknown>>) => unknown = () => ({ id }),
): DefinedPlugin => definePlugin({ type, id, requires, init });

/** Starts plugins with directories that no one touches. */
export const start = (
  plugins: StartOptions["plugins"],
  options: Partial<StartOptions> = {},
): Promise<PluginSet> =>
  startPlugins({ root: "/root-of-the-test", state: "/state-of-the-test", plugins, ...options });

/** `uri: state` of each, in load order. */
export const states = (set: PluginSet): string[] => set.infos().map(({ uri, state }) => `${uri}: ${state}`);

/** The message with which a plugin failed or was skipped. */
export const errorOf = (set: PluginSet, uri: string): string | undefined => {
  const error = set.get(uri)?.error;
  return error instanceof Error ? error.message : undefined;
};
