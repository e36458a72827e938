import { AsyncLocalStorage } from "node:async_hooks";

/** Whose code runs: enough of a plugin to name it. */
export interface Owner {
  readonly uri: string;
  /** Notes that its code threw when no one waited for it. */
  failLater(error: unknown): void;
}

const running = new AsyncLocalStorage<Owner>();
const owners = new WeakMap<object, Owner>();

/** Runs `fn`, and all it starts, on behalf of a plugin. */
export const runFor = <R>(owner: Owner, fn: () => R): R => running.run(owner, fn);

/** Remembers which plugin gave an instance. The first to give it stays its owner: false for any other, and for what is no object. */
export function own(instance: unknown, owner: Owner): boolean {
  if (!isObject(instance)) return false;
  if (!owners.has(instance)) owners.set(instance, owner);
  return isOwner(instance, owner);
}

/** Whether the plugin was the first to give the instance. */
export const isOwner = (instance: unknown, owner: Owner): boolean =>
  isObject(instance) && owners.get(instance) === owner;

/** Forgets an instance that has been closed. */
export function disown(instance: unknown): void {
  if (isObject(instance)) owners.delete(instance);
}

/** The URI of the plugin whose code runs, undefined outside of any. */
export const pluginOf = (): string | undefined => running.getStore()?.uri;

/**
 * To be called by the handlers of `uncaughtException` and `unhandledRejection` themselves, where Node still knows in whose context
 * the error arose. Marks the plugin whose code threw as failed, and introspection says so: during its `init` the plugin is given up,
 * later its instance stays in service and is closed in its turn. Serves all sets of the process.
 * Returns false for an error that belongs to no plugin.
 */
export function unhandled(error: unknown): boolean {
  const owner = running.getStore();
  owner?.failLater(error);
  return owner !== undefined;
}

/**
 * Runs `fn` on behalf of the plugin that gave `instance`, so that what `fn` leaves behind and throws later is attributed to
 * that plugin and not to the one that calls. For those who call many plugins, as a server does. An instance that no plugin gave changes nothing.
 */
export function runAs<R>(instance: object, fn: () => R): R {
  const owner = owners.get(instance);
  return owner ? running.run(owner, fn) : fn();
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
