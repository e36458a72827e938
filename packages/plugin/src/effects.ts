import { cleanUp } from "./close.ts";
import type { Cleanup } from "./plugin.ts";

/** The effects of one plugin, undone once each, the last one first. */
export class Effects {
  readonly #undo: (() => Promise<void>)[] = [];

  /** Takes over an effect; returns a function that undoes it before its turn. */
  add(cleanup: Cleanup | undefined | void): () => Promise<void> {
    if (!cleanup) return async () => {};
    let done: Promise<void> | undefined;
    const undo = (): Promise<void> => {
      const index = this.#undo.indexOf(undo);
      if (index >= 0) this.#undo.splice(index, 1);
      return (done ??= cleanUp(cleanup));
    };
    this.#undo.push(undo);
    return undo;
  }

  /** Undoes what is left, one at a time; `step` runs each. */
  async close(step: (undo: () => Promise<void>) => Promise<void>): Promise<void> {
    for (let undo = this.#undo.at(-1); undo; undo = this.#undo.at(-1)) await step(undo);
  }
}
