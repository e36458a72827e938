import { UnavailableError } from "@davit/errdefs";
import type { Changes } from "./database.ts";
import { Overlay, type Transaction } from "./overlay.ts";
import type { Reader } from "./reader.ts";

/** Reads and writes records. It may wait for the transaction and for nothing else: all other updates wait for it. */
export type UpdateFunction<T> = (tx: Transaction) => Promise<T>;

/** What is read from and written to: the database. */
export interface Target extends Reader {
  write(changes: Changes): Promise<void>;
}

interface Waiting {
  readonly run: UpdateFunction<unknown>;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** So many updates share a write at most. */
const MAX_GROUP = 128;

/**
 * The one writer of a database. Updates run one after another, each over the results of those before it; those that
 * waited while a write was under way are written together, in one batch that is synced once.
 */
export class Updates {
  readonly #target: Target;
  readonly #waiting: Waiting[] = [];
  readonly #listeners = new Set<(deleted: boolean) => void>();
  #writing: Promise<void> | undefined;
  #closed = false;

  constructor(target: Target) {
    this.#target = target;
  }

  /**
   * Runs `fn` alone, and resolves with its result when what it wrote is on the disk. When it throws, nothing of it is
   * written. The signal counts until it runs.
   * @throws what `fn` throws; what the write fails of; UnavailableError after `close`.
   */
  update<T>(fn: UpdateFunction<T>, signal?: AbortSignal): Promise<T> {
    if (this.#closed) return Promise.reject(new UnavailableError("metadata database is closed"));
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ run: fn, signal, resolve: resolve as (result: unknown) => void, reject });
      this.#writing ??= this.#writeAll();
    });
  }

  /** Tells `listener` of every update that wrote, and whether it deleted. */
  onMutation(listener: (deleted: boolean) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Takes no more updates, and resolves when those that wait have ended. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    // What comes in the same turn of the loop shares the first write too.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#writeGroup(this.#waiting.splice(0, MAX_GROUP));
    this.#writing = undefined;
  }

  /** Answers wait for the write: what was refused may have been refused because of what another wrote. */
  async #writeGroup(group: readonly Waiting[]): Promise<void> {
    const changes = new Overlay(this.#target);
    const settled: (() => void)[] = [];
    const written: { readonly waiting: Waiting; readonly result: unknown; readonly tx: Overlay }[] = [];
    for (const waiting of group) {
      const tx = new Overlay(changes);
      try {
        waiting.signal?.throwIfAborted();
        const result = await waiting.run(tx);
        changes.merge(tx.changes);
        written.push({ waiting, result, tx });
      } catch (err) {
        settled.push(() => waiting.reject(err));
      }
    }
    try {
      if (changes.changes.size > 0) await this.#target.write(changes.changes);
      for (const { waiting, result, tx } of written) {
        if (tx.changes.size > 0) this.#notify(tx.deleted);
        waiting.resolve(result);
      }
    } catch (err) {
      for (const { waiting } of written) waiting.reject(err);
    }
    for (const settle of settled) settle();
  }

  #notify(deleted: boolean): void {
    for (const listener of this.#listeners) queueMicrotask(() => listener(deleted));
  }
}
