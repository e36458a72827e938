import { wireMessage } from "@davit/errdefs";
import type { EventExchange } from "@davit/events";
import type { Logger } from "@davit/plugin";
import { publishDelete, publishExit, type LostExit } from "./exit-events.ts";

/** What came to pass while the daemon was down. */
export interface LateExit extends LostExit {
  /** Whether the container is gone with its shim. */
  readonly deleted: boolean;
  /** Whether it is still worth telling when its time has come. */
  readonly wanted?: (() => boolean) | undefined;
}

/**
 * Publishes exits that happened while the daemon was down: a while after the start, when servers are open and clients have come
 * back. At least once for all, since the daemon before may have told them too.
 */
export class LateExits implements Disposable {
  readonly #events: Pick<EventExchange, "publish">;
  readonly #delayMs: number;
  readonly #log: Logger;
  #pending: LateExit[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(
    events: Pick<EventExchange, "publish">,
    { delayMs, log }: { readonly delayMs: number; readonly log: Logger },
  ) {
    this.#events = events;
    this.#delayMs = delayMs;
    this.#log = log;
  }

  add(exit: LateExit): void {
    this.#pending.push(exit);
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => void this.#publish(), this.#delayMs);
    this.#timer.unref();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#pending = [];
  }

  async #publish(): Promise<void> {
    const pending = this.#pending;
    this.#pending = [];
    this.#timer = undefined;
    for (const exit of pending) {
      if (exit.wanted?.() === false) continue;
      try {
        await publishExit(this.#events, exit);
        if (exit.deleted) await publishDelete(this.#events, exit);
      } catch (error) {
        this.#log.warn({ id: exit.id, namespace: exit.namespace, error: wireMessage(error) }, "publish exit");
      }
    }
  }
}
