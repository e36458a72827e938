import { keyOf } from "../db/keys.ts";
import type { Updates } from "../db/updates.ts";

/** So many numbers are reserved with one write. What a crash leaves of them is never used. */
const BLOCK = 256;

/** The numbers of a namespace that may be used without a write. */
interface Reserved {
  next: number;
  end: number;
}

/**
 * The keys of a backend's snapshots: `<namespace>/<n>/<key>`, n counted per namespace and snapshotter. No key is given
 * twice, so that a snapshot of which a crash left no record never stands in the way of a new one.
 */
export class BackendKeys {
  readonly #updates: Updates;
  readonly #snapshotter: string;
  readonly #reserved = new Map<string, Promise<Reserved>>();

  constructor(updates: Updates, snapshotter: string) {
    this.#updates = updates;
    this.#snapshotter = snapshotter;
  }

  /** A new key in the backend for `key`. */
  async next(namespace: string, key: string): Promise<string> {
    for (;;) {
      const reserving = this.#reserved.get(namespace) ?? this.#reserve(namespace);
      const reserved = await reserving;
      if (reserved.next < reserved.end) return `${namespace}/${reserved.next++}/${key}`;
      if (this.#reserved.get(namespace) === reserving) this.#reserved.delete(namespace);
    }
  }

  #reserve(namespace: string): Promise<Reserved> {
    const counter = keyOf("sequence", namespace, this.#snapshotter);
    const reserving = this.#updates.update(async (tx) => {
      const next = Number((await tx.get(counter)) ?? 1);
      tx.put(counter, String(next + BLOCK));
      return { next, end: next + BLOCK };
    });
    this.#reserved.set(namespace, reserving);
    // A failed reservation fails those who wait for it; the next caller tries anew.
    reserving.catch(() => this.#reserved.delete(namespace));
    return reserving;
  }
}
