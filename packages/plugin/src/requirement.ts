import { EveryPlugin, type PluginRef, type PluginType } from "./plugin-type.ts";

declare const gives: unique symbol;

/**
 * How a plugin needs another.
 * `single`: the only plugin of the type. `one`: the plugin of that id. `all`: a live map of the type's plugins by id.
 * `optional`: like `single` (or `one`, with an id), undefined when there is none or it was skipped.
 */
export type RequirementKind = "single" | "one" | "all" | "optional";

/** An edge of the graph of plugins, which also says what is injected: a `T`. */
export interface Requirement<T> {
  readonly kind: RequirementKind;
  /** The type required, as introspection reports it. */
  readonly type: string;
  /** The id required: always of a `one`, never of an `all`. */
  readonly id?: string;
  readonly [gives]?: T;
}

/** What `definePlugin` takes as a requirement: a type (the single plugin of it), a reference, or `all`, `one`, `optional`. */
export type Requirable = PluginType<unknown> | PluginRef<unknown> | Requirement<unknown>;

/** What a requirement injects. */
export type Given<R> =
  R extends PluginType<infer T>
    ? T
    : R extends PluginRef<infer T>
      ? T
      : R extends Requirement<infer T>
        ? T
        : never;

/** The only plugin of `type`. Two of them, none, or a failed one fail the consumer. */
export const single = <T>(type: PluginType<T>): Requirement<T> => ({ kind: "single", type });

/** A live read-only map, id → instance, of the loaded plugins of `type`; failed and skipped ones are absent. */
export const all = <T>(type: PluginType<T>): Requirement<ReadonlyMap<string, T>> => ({ kind: "all", type });

/** The plugin of that reference, or of that type and id. */
export function one<T>(ref: PluginRef<T>): Requirement<T>;
export function one<T>(type: PluginType<T>, id: string): Requirement<T>;
export function one<T>(target: PluginRef<T> | PluginType<T>, id?: string): Requirement<T> {
  return typeof target === "string"
    ? { kind: "one", type: target, id: id ?? "" }
    : { kind: "one", type: target.type, id: target.id };
}

/** The only plugin of the type, or the one referred to; undefined when there is none or it was skipped. */
export function optional<T>(target: PluginType<T> | PluginRef<T>): Requirement<T | undefined> {
  return typeof target === "string"
    ? { kind: "optional", type: target }
    : { kind: "optional", type: target.type, id: target.id };
}

/** Brings the short forms of a requirement to the long one. */
export function requirementOf(target: Requirable): Requirement<unknown> {
  // Also what is undefined, since modules that import each other may see a token too early: the registration refuses it.
  if (typeof target !== "object") return target === EveryPlugin ? all(target) : single(target);
  return "kind" in target ? target : one(target);
}
