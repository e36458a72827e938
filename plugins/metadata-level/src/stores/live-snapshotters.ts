import type { Snapshotter } from "@davit/snapshots";
import { BackendKeys } from "./backend-keys.ts";
import type { StoreContext } from "./context.ts";
import { LevelSnapshotter } from "./snapshots.ts";

/** The namespaced form of every snapshotter that is loaded: a view of the live map of their plugins. */
export class LiveSnapshotters implements ReadonlyMap<string, Snapshotter> {
  readonly #context: StoreContext;
  readonly #backends: ReadonlyMap<string, Snapshotter>;
  /** By backend, so that a reloaded plugin gets a new one. */
  readonly #namespaced = new WeakMap<Snapshotter, Snapshotter>();
  /** By id: the numbering outlives a reload. */
  readonly #keys = new Map<string, BackendKeys>();

  constructor(context: StoreContext, backends: ReadonlyMap<string, Snapshotter>) {
    this.#context = context;
    this.#backends = backends;
  }

  get size(): number {
    return this.#backends.size;
  }

  get(id: string): Snapshotter | undefined {
    const backend = this.#backends.get(id);
    return backend && this.#wrap(id, backend);
  }

  has(id: string): boolean {
    return this.#backends.has(id);
  }

  keys(): MapIterator<string> {
    return this.#backends.keys();
  }

  *values(): MapIterator<Snapshotter> {
    for (const [, snapshotter] of this) yield snapshotter;
    return undefined;
  }

  *entries(): MapIterator<[string, Snapshotter]> {
    for (const [id, backend] of this.#backends) yield [id, this.#wrap(id, backend)];
    return undefined;
  }

  [Symbol.iterator](): MapIterator<[string, Snapshotter]> {
    return this.entries();
  }

  forEach(fn: (value: Snapshotter, id: string, map: ReadonlyMap<string, Snapshotter>) => void): void {
    for (const [id, snapshotter] of this) fn(snapshotter, id, this);
  }

  #wrap(id: string, backend: Snapshotter): Snapshotter {
    const known = this.#namespaced.get(backend);
    if (known !== undefined) return known;
    const keys = this.#keys.get(id) ?? new BackendKeys(this.#context.updates, id);
    this.#keys.set(id, keys);
    const made = new LevelSnapshotter({ ...this.#context, snapshotter: id, backend, keys });
    this.#namespaced.set(backend, made);
    return made;
  }
}
