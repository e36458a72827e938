declare const provides: unique symbol;

/**
 * The name of a plugin type, such as `io.containerd.content.v1`. `T` is the interface its instances implement.
 * A string, not a class or `Symbol()`: two installed copies of an interface package still agree.
 */
export type PluginType<T> = string & { readonly [provides]: T };

/** Names a plugin type: reverse DNS words that end in the major version of the interface, `.v1`. */
export const pluginType = <T>(name: `${string}.v${number}`): PluginType<T> =>
  name as unknown as PluginType<T>;

/**
 * One plugin of a type, by id. For types whose ids differ in interface, where the type alone says too little:
 * `pluginRef<TasksService>("io.containerd.service.v1", "tasks-service")`.
 * It spreads into the options that declare the plugin: `@plugin({ ...TasksServiceRef })`.
 */
export interface PluginRef<T> {
  readonly type: PluginType<T>;
  readonly id: string;
}

/** Names the plugin `type`.`id`, and says what its instance implements. */
export const pluginRef = <T>(
  type: `${string}.v${number}` | PluginType<unknown>,
  id: string,
): PluginRef<T> => ({
  type: type as unknown as PluginType<T>,
  id,
});

/**
 * The type that stands for every other plugin: who requires it starts last. It must be the only requirement, and goes with
 * `requiresAll`, whose map is then keyed by URI, ids being unique only within a type.
 */
export const EveryPlugin: PluginType<unknown> = "*" as unknown as PluginType<unknown>;

/** `type`.`id`: the name of a plugin in configuration, in lists and as a directory. */
export const uriOf = ({ type, id }: { readonly type: string; readonly id: string }): string =>
  `${type}.${id}`;
