import { TaskExitSchema } from "@davit/api/events";
import { wireMessage } from "@davit/errdefs";
import type { Envelope, EventExchange } from "@davit/events";
import type { Logger } from "@davit/plugin";
import { isAnyOf, unpackAny } from "@davit/typeurl";
import { EXIT_TOPIC, publishExit, type LostExit } from "./exit-events.ts";

/** What came to pass while the daemon was down. */
interface Pending extends LostExit {
  /** Whether it is still worth telling when its time has come. */
  readonly wanted: () => boolean;
}

/**
 * Publishes exits that happened while the daemon was down: a while after the start, when servers are open and clients have come
 * back, and not those that the shim, which tries again too, has delivered by then. At least once, for all.
 */
export class LateExits implements AsyncDisposable {
  readonly #events: EventExchange;
  readonly #delayMs: number;
  readonly #log: Logger;
  readonly #seen = new Set<string>();
  #pending: Pending[] = [];
  #stop: AbortController | undefined;
  #watching: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor(events: EventExchange, { delayMs, log }: { readonly delayMs: number; readonly log: Logger }) {
    this.#events = events;
    this.#delayMs = delayMs;
    this.#log = log;
  }

  add(exit: LostExit, wanted: () => boolean = () => true): void {
    this.#pending.push({ ...exit, wanted });
    this.#arm();
  }

  /** Begins to listen for exits that shims deliver themselves. To be called before the first shim is asked. */
  watch(): void {
    if (this.#stop !== undefined) return;
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    const stream = this.#events.subscribe({ filters: [`topic=="${EXIT_TOPIC}"`], signal });
    this.#watching = this.#collect(stream, signal);
    this.#arm();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    this.#pending = [];
    this.#stop?.abort();
    await this.#watching;
  }

  #arm(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => void this.#publish(), this.#delayMs);
    this.#timer.unref();
  }

  async #collect(stream: AsyncIterable<Envelope>, signal: AbortSignal): Promise<void> {
    try {
      for await (const { namespace, event } of stream) {
        if (event === undefined || !isAnyOf(event, TaskExitSchema)) continue;
        const { containerId, id } = unpackAny(event, TaskExitSchema);
        if (id === containerId) this.#seen.add(keyOf({ namespace, id }));
      }
    } catch (error) {
      if (!signal.aborted) this.#log.warn({ error: wireMessage(error) }, "exits are no longer watched");
    }
  }

  async #publish(): Promise<void> {
    const pending = this.#pending;
    this.#pending = [];
    this.#timer = undefined;
    this.#stop?.abort();
    for (const exit of pending) {
      if (this.#seen.has(keyOf(exit)) || !exit.wanted()) continue;
      try {
        await publishExit(this.#events, exit);
      } catch (error) {
        this.#log.warn({ id: exit.id, namespace: exit.namespace, error: wireMessage(error) }, "publish exit");
      }
    }
    this.#seen.clear();
  }
}

const keyOf = ({ namespace, id }: Pick<LostExit, "namespace" | "id">): string => `${namespace}/${id}`;
