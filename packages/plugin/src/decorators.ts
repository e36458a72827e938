import "reflect-metadata"; // before tsyringe, which refuses to load without it
import { container, inject, injectable } from "tsyringe";
import type { InitContext, Plugin } from "./plugin.ts";
import type { PluginRef, PluginType } from "./plugin-type.ts";
import { attach, registration, type PluginOptions } from "./registration.ts";
import { all, one, optional, single, type Requirement } from "./requirement.ts";

type Class = abstract new (...args: never[]) => unknown;

/**
 * Decorates a parameter of a constructor that accepts a `T`. The last parameter's type is `never`, and so a compile error,
 * when it does not.
 */
export type Injects<T> = <C extends Class, I extends number>(
  target: C,
  member: undefined,
  index: [T] extends [ConstructorParameters<C>[I]] ? I : never,
) => void;

// By class, and not inherited: each class says itself what its constructor takes.
const requirements = new WeakMap<object, Requirement<unknown>[]>();

function injects<T>(requirement: Requirement<T>): Injects<T> {
  return (target, _member, index) => {
    inject(tokenOf(requirement))(target, undefined, index);
    const list = requirements.get(target) ?? [];
    requirements.set(target, list);
    list[index] = requirement;
  };
}

/** What tsyringe knows a requirement by: differing forms of the same type are differing tokens. */
const tokenOf = ({ kind, type, id = "" }: Requirement<unknown>): string => `${kind} ${type} ${id}`;

/** Injects the only plugin of `type`. The consumer fails when there is none, more than one, or it has failed. */
export const requires = <T>(type: PluginType<T>): Injects<T> => injects(single(type));

/** Injects a live read-only map, id → instance, of the loaded plugins of `type`. Look up per call, never copy. */
export const requiresAll = <T>(type: PluginType<T>): Injects<ReadonlyMap<string, T>> => injects(all(type));

/** Injects the only plugin of `type`, or the one referred to; undefined when there is none or it was skipped. */
export const requiresOptional = <T>(target: PluginType<T> | PluginRef<T>): Injects<T | undefined> =>
  injects(optional(target));

/** Injects the plugin of that reference, or of that type and id. Waits for this plugin alone. */
export function requiresOne<T>(ref: PluginRef<T>): Injects<T>;
export function requiresOne<T>(type: PluginType<T>, id: string): Injects<T>;
export function requiresOne<T>(target: PluginRef<T> | PluginType<T>, id?: string): Injects<T> {
  return injects(typeof target === "string" ? one(target, id ?? "") : one(target));
}

/** A class that can be the plugin: whose `init` takes the configuration that `config` yields, and returns what `type` promises. */
export type PluginClass<T, C> = new (...args: never[]) => {
  readonly init: (ctx: InitContext<C>) => T | Promise<T>;
};

/**
 * Declares a class to be the plugin `type`.`id`. Nothing is registered globally: the class carries the registration.
 * @throws TypeError when a parameter of the constructor lacks its decorator (one with a default value cannot be seen: have none).
 */
export function plugin<T, C = undefined>(
  options: PluginOptions<T, C>,
): (target: PluginClass<NoInfer<T>, NoInfer<C>>) => void {
  return (target) => {
    const list = Array.from(requirements.get(target) ?? []);
    if (list.length < target.length || list.includes(undefined as never))
      throw new TypeError(`cannot register ${target.name}: every constructor parameter needs @requires`);
    injectable()(target);
    const create = (given: readonly unknown[]) => construct(target, list, given);
    attach(target, registration(options, list, create));
  };
}

/** Constructs in a container of its own, which holds what was declared and nothing else. */
function construct(
  target: abstract new (...args: never[]) => unknown,
  list: readonly Requirement<unknown>[],
  given: readonly unknown[],
): Plugin<unknown> {
  const child = container.createChildContainer();
  // A factory, since tsyringe takes an undefined value for a missing one.
  for (const [index, requirement] of list.entries())
    child.register(tokenOf(requirement), { useFactory: () => given[index] });
  return child.resolve(target as unknown as new () => Plugin<unknown>);
}
