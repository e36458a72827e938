import { InvalidArgumentError, quote } from "@davit/errdefs";
import type { Warning, WarningStore } from "@davit/introspection";
import { now } from "@davit/time";
import { messageOf } from "./messages.ts";

/** Deprecation warnings in memory: of each the last time (containerd plugins/services/warning). */
export class Deprecations implements WarningStore {
  readonly #warnings = new Map<string, Warning>();

  emit(id: string): void {
    const message = messageOf(id);
    if (message === undefined)
      throw new InvalidArgumentError(`no deprecation warning is called ${quote(id)}`);
    this.#warnings.set(id, { id, message, lastOccurrence: now() });
  }

  /** In order of the id. */
  warnings(): readonly Warning[] {
    return [...this.#warnings.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }
}
