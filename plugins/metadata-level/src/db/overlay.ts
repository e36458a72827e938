import type { Changes } from "./database.ts";
import { compareKeys } from "./keys.ts";
import type { Entry, Reader } from "./reader.ts";

/** Reads and writes records as if the writes were done; they are when the update ends. */
export interface Transaction extends Reader {
  put(key: string, value: string): void;
  delete(key: string): void;
  /** Tells the collector of garbage that something was deleted. */
  noteDeletion(): void;
}

/** Changes laid over what they are to change. */
export class Overlay implements Transaction {
  readonly #below: Reader;
  readonly #changes = new Map<string, string | undefined>();
  #deleted = false;

  constructor(below: Reader) {
    this.#below = below;
  }

  get changes(): Changes {
    return this.#changes;
  }

  get deleted(): boolean {
    return this.#deleted;
  }

  get(key: string): Promise<string | undefined> {
    return this.#changes.has(key) ? Promise.resolve(this.#changes.get(key)) : this.#below.get(key);
  }

  put(key: string, value: string): void {
    this.#changes.set(key, value);
  }

  delete(key: string): void {
    this.#changes.set(key, undefined);
  }

  noteDeletion(): void {
    this.#deleted = true;
  }

  /** Takes over the changes of an overlay that lies over this one. */
  merge(changes: Changes): void {
    for (const [key, value] of changes) this.#changes.set(key, value);
  }

  /** Both sides in order; at the same key the change counts. The changes are those at the beginning. */
  async *range(prefix: string): AsyncGenerator<Entry> {
    const changed = [...this.#changes]
      .filter(([key]) => key.startsWith(prefix))
      .sort(([a], [b]) => compareKeys(a, b));
    let next = 0;
    for await (const entry of this.#below.range(prefix)) {
      let replaced = false;
      for (let change = changed[next]; change !== undefined; change = changed[++next]) {
        const order = compareKeys(change[0], entry[0]);
        if (order > 0) break;
        replaced ||= order === 0;
        if (change[1] !== undefined) yield [change[0], change[1]];
      }
      if (!replaced) yield entry;
    }
    for (const [key, value] of changed.slice(next)) if (value !== undefined) yield [key, value];
  }
}
