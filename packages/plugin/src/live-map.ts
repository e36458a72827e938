import { uriOf } from "./plugin-type.ts";
import type { PluginRecord } from "./record.ts";

/**
 * What `requiresAll` injects: a view of the plugins of a type that are in service now, in load order. It keeps nothing, so that
 * a plugin may come, go or be replaced under it.
 */
export class LiveMap<T> implements ReadonlyMap<string, T> {
  readonly #records: ReadonlyMap<string, PluginRecord>;
  readonly #type: string;

  /** `records` are all plugins by URI; the type `*` shows them all, by URI. */
  constructor(records: ReadonlyMap<string, PluginRecord>, type: string) {
    this.#records = records;
    this.#type = type;
  }

  get size(): number {
    return this.entries().reduce((count) => count + 1, 0);
  }

  get(id: string): T | undefined {
    return this.#find(id)?.instance as T | undefined;
  }

  has(id: string): boolean {
    return this.#find(id) !== undefined;
  }

  *entries(): MapIterator<[string, T]> {
    const every = this.#type === "*";
    for (const record of this.#records.values())
      if (record.inService && (every || record.type === this.#type))
        yield [every ? record.uri : record.id, record.instance as T];
  }

  keys(): MapIterator<string> {
    return this.entries().map(([id]) => id);
  }

  values(): MapIterator<T> {
    return this.entries().map(([, instance]) => instance);
  }

  [Symbol.iterator](): MapIterator<[string, T]> {
    return this.entries();
  }

  forEach(fn: (instance: T, id: string, map: ReadonlyMap<string, T>) => void, self?: unknown): void {
    for (const [id, instance] of this) fn.call(self, instance, id, this);
  }

  #find(id: string): PluginRecord | undefined {
    const every = this.#type === "*";
    const record = this.#records.get(every ? id : uriOf({ type: this.#type, id }));
    // `a.v1` + `v1.x` and `a.v1.v1` + `x` read the same.
    return record?.inService && (every || record.id === id) ? record : undefined;
  }
}
