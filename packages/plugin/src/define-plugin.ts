import type { InitContext } from "./plugin.ts";
import { registration, registrationKey, type DefinedPlugin, type PluginOptions } from "./registration.ts";
import { requirementOf, type Given, type Requirable } from "./requirement.ts";

/** What `init` is given for `requires`: the same keys, with instances. */
export type Dependencies<R> = { readonly [K in keyof R]: Given<R[K]> };

/** The options of `definePlugin`. */
export interface DefinePluginOptions<T, R, C> extends PluginOptions<T, C> {
  /** What the plugin needs, by the names it is to have: a type, a reference, or `all(type)`, `one(type, id)`, `optional(type)`. */
  readonly requires?: R;
  /** As `init` of a plugin class, with what was required as the second argument. */
  readonly init: (ctx: InitContext<C>, deps: Dependencies<R>) => NoInfer<T> | Promise<NoInfer<T>>;
}

/** Requirements by the names under which `init` is given them. */
export type Requirables = Readonly<Record<string, Requirable>>;
type NoRequirables = { readonly [name: string]: never };

/** Defines a plugin without decorators, so that plain JavaScript can. */
export function definePlugin<T, R extends Requirables = NoRequirables, C = undefined>(
  options: DefinePluginOptions<T, R, C>,
): DefinedPlugin {
  const names = Object.keys(options.requires ?? {});
  const requirements = Object.values(options.requires ?? {}).map(requirementOf);
  const value = registration(options, requirements, (given) => {
    const deps = Object.fromEntries(names.map((name, index) => [name, given[index]])) as Dependencies<R>;
    return { init: (ctx) => options.init(ctx as InitContext<C>, deps) };
  });
  return { [registrationKey]: value };
}
