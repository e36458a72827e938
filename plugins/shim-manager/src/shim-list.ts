import type { Shim } from "@davit/runtime";
import type { ShimInstance } from "./shim.ts";

/** The shims that can be looked up, and all that are connected: also those that are about to be listed, or about to end. */
export class ShimList {
  readonly #listed = new Map<string, ShimInstance>();
  readonly #connected = new Set<ShimInstance>();
  readonly #removals = new Map<string, Promise<void>>();

  add(shim: ShimInstance): void {
    this.#listed.set(keyOf(shim.namespace, shim.id), shim);
  }

  /** Takes a shim off, unless another has taken its place. */
  remove(shim: Shim): void {
    const key = keyOf(shim.namespace, shim.id);
    if (this.#listed.get(key) === shim) this.#listed.delete(key);
  }

  get(namespace: string, id: string): ShimInstance | undefined {
    return this.#listed.get(keyOf(namespace, id));
  }

  has(shim: Shim): boolean {
    return this.get(shim.namespace, shim.id) === shim;
  }

  all(namespace?: string): readonly ShimInstance[] {
    const all = [...this.#listed.values()];
    return namespace === undefined ? all : all.filter((shim) => shim.namespace === namespace);
  }

  /** Remembers a shim until its connection is closed and what follows is done; then calls `onEnd`. */
  track(shim: ShimInstance, onEnd: () => void): void {
    this.#connected.add(shim);
    void shim.closed
      .then(() => {
        this.#connected.delete(shim);
        return this.removed(shim.namespace, shim.id);
      })
      .finally(onEnd);
  }

  /** Remembers that a shim is being removed. */
  removing({ namespace, id }: Shim, done: Promise<void>): void {
    const key = keyOf(namespace, id);
    const settled = done
      .catch(() => {})
      .then(() => {
        if (this.#removals.get(key) === settled) this.#removals.delete(key);
      });
    this.#removals.set(key, settled);
  }

  /** Waits until no shim of that id is being removed: its bundle is in the way till then. Never rejects. */
  async removed(namespace: string, id: string): Promise<void> {
    await this.#removals.get(keyOf(namespace, id));
  }

  connected(): readonly ShimInstance[] {
    return [...this.#connected];
  }

  /** Whether another connection leads to the same process. */
  isShared(shim: Shim): boolean {
    return this.connected().some(
      (other) => other !== shim && other.endpoint.address === shim.endpoint.address,
    );
  }
}

const keyOf = (namespace: string, id: string): string => `${namespace}/${id}`;
