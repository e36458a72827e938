import type { StandardSchemaV1 } from "@standard-schema/spec";
import { PluginError } from "./errors.ts";
import type { Plugin } from "./plugin.ts";
import { uriOf, type PluginType } from "./plugin-type.ts";
import type { Requirement } from "./requirement.ts";

/** Shared by every installed copy of this package, so that what one declares another can load. */
export const registrationKey: unique symbol = Symbol.for(
  "@davit/plugin.registration",
) as typeof registrationKey;

/** What a plugin says of itself. `T` is what its instance implements, `C` its configuration once validated. */
export interface PluginOptions<T, C> {
  readonly type: PluginType<T>;
  /** Unique within the type. */
  readonly id: string;
  /**
   * Validates the plugin's table in the configuration, and fills in defaults (`{}` is validated when there is no table).
   * Any Standard Schema: valibot, zod, … Object schemas of these two, and schemas that give their JSON Schema, also name
   * the keys, so that unknown ones are reported.
   */
  readonly config?: StandardSchemaV1<unknown, C>;
  /** The platforms it is good for; `"host"` stands for the platform of the machine. Only shown: nothing is skipped by it. */
  readonly platforms?: readonly string[] | "host";
  readonly capabilities?: readonly string[];
  /** Other ids it answers to in the configuration and in the lists of disabled and required plugins. */
  readonly aliases?: readonly string[];
}

/** A plugin declared, and how to make it. Attached to a class or object, and listed nowhere. */
export interface Registration {
  readonly type: string;
  readonly id: string;
  readonly uri: string;
  readonly requirements: readonly Requirement<unknown>[];
  readonly config: StandardSchemaV1 | undefined;
  readonly platforms: readonly string[] | "host";
  readonly capabilities: readonly string[];
  readonly aliases: readonly string[];
  /** Constructs the plugin with what it requires, in the order of `requirements`. */
  create(given: readonly unknown[]): Plugin<unknown>;
}

/** What `definePlugin` returns: the carrier of a registration. */
export interface DefinedPlugin {
  readonly [registrationKey]: Registration;
}

/** What a list of plugins holds: classes with `@plugin`, and what `definePlugin` returns. */
export type PluginDefinition = DefinedPlugin | (abstract new (...args: never[]) => Plugin<unknown>);

/**
 * Checks the parts of a registration and completes it.
 * @throws PluginError `plugin: no type`, `plugin: no id`, `invalid requires`.
 */
export function registration(
  options: PluginOptions<unknown, unknown>,
  requirements: readonly Requirement<unknown>[],
  create: Registration["create"],
): Registration {
  const { type, id, config, platforms = [], capabilities = [], aliases = [] } = options;
  if (!type) throw new PluginError("no type", id);
  if (!id) throw new PluginError("no id", type);
  const uri = uriOf({ type, id });
  for (const requirement of requirements)
    checkRequirement(requirement, { type, id, uri }, requirements.length);
  return { type, id, uri, requirements, config, platforms, capabilities, aliases, create };
}

function checkRequirement(
  { kind, type, id }: Requirement<unknown>,
  self: { readonly type: string; readonly id: string; readonly uri: string },
  count: number,
): void {
  const fail = (why: string): never => {
    throw new PluginError("invalid requires", `${self.uri}: ${why}`);
  };
  if (!type) fail("a requirement has no type; do modules import each other?");
  if (kind === "one" && !id) fail(`no id of the ${type} it requires`);
  // A named sibling is an edge between two plugins; any other form would wait for the plugin itself.
  if (type === self.type && (id === undefined || id === self.id)) fail("it requires its own type");
  if (type === "*" && count > 1) fail('"*" must be the only requirement');
  if (type === "*" && kind !== "all") fail('"*" goes with requiresAll');
}

/** Attaches a registration to the class or object that defines the plugin. */
export function attach(target: object, value: Registration): void {
  Object.defineProperty(target, registrationKey, { value });
}

/**
 * The registration attached to a class or object.
 * @throws TypeError when it carries none of its own.
 */
export function registrationOf(definition: PluginDefinition): Registration {
  const own = Object.getOwnPropertyDescriptor(definition, registrationKey)?.value as Registration | undefined;
  if (own) return own;
  const name = typeof definition === "function" ? definition.name : "this object";
  throw new TypeError(`${name} is no plugin: decorate a class with @plugin, or use definePlugin()`);
}
