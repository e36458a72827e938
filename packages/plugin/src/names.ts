import { PluginError } from "./errors.ts";
import { uriOf } from "./plugin-type.ts";
import type { Registration } from "./registration.ts";

/** Finds a plugin by its URI or by one of its aliases. */
export type Resolve<R extends Registration> = (name: string) => R | undefined;

/** `type`.`alias` for each alias of a plugin. */
export const aliasUris = ({ type, aliases }: Registration): string[] =>
  aliases.map((id) => uriOf({ type, id }));

/**
 * Makes the finder of a list of plugins. A URI goes before an alias that reads the same.
 * @throws PluginError when two plugins have the same URI, or the same alias.
 */
export function resolver<R extends Registration>(list: readonly R[]): Resolve<R> {
  const byUri = unique(list.map((each): [string, R] => [each.uri, each]));
  const byAlias = unique(list.flatMap((each) => aliasUris(each).map((uri): [string, R] => [uri, each])));
  return (name) => byUri.get(name) ?? byAlias.get(name);
}

function unique<R>(entries: readonly [string, R][]): Map<string, R> {
  const map = new Map<string, R>();
  for (const [uri, value] of entries) {
    if (map.has(uri)) throw new PluginError("duplicate", uri);
    map.set(uri, value);
  }
  return map;
}
