import type { PluginRecord } from "./record.ts";

/** What `requiresAll` injects: a view of the plugins of a type that are in service now, in load order. */
export class LiveMap<T> implements ReadonlyMap<string, T> {
  readonly #records: ReadonlyMap<string, PluginRecord>;

  /** `records` may hold plugins in any state, by the keys of the map. */
  constructor(records: ReadonlyMap<string, PluginRecord>) {
    this.#records = records;
  }

  get size(): number {
    return this.entries().reduce((count) => count + 1, 0);
  }

  get(id: string): T | undefined {
    const record = this.#records.get(id);
    return record?.inService ? (record.instance as T) : undefined;
  }

  has(id: string): boolean {
    return this.#records.get(id)?.inService ?? false;
  }

  *entries(): MapIterator<[string, T]> {
    for (const [id, record] of this.#records) if (record.inService) yield [id, record.instance as T];
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
}
