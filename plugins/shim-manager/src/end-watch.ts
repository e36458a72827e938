import { TaskDeleteSchema, TaskExitSchema } from "@davit/api/events";
import { wireMessage } from "@davit/errdefs";
import type { Envelope, EventExchange } from "@davit/events";
import type { Logger } from "@davit/plugin";
import type { Shim } from "@davit/runtime";
import { isAnyOf, unpackAny } from "@davit/typeurl";
import { DELETE_TOPIC, EXIT_TOPIC } from "./exit-events.ts";

/** The events that end the life of a container's init, in this order. */
export type EndTopic = typeof EXIT_TOPIC | typeof DELETE_TOPIC;

/** What was heard of one shim's container, and who waits for more. */
interface Heard {
  readonly topics: Set<EndTopic>;
  readonly waiting: Set<() => void>;
}

/** Listens for what shims publish of the end of their containers. */
export class EndWatch implements AsyncDisposable {
  readonly #events: Pick<EventExchange, "subscribe">;
  readonly #log: Logger;
  readonly #stop = new AbortController();
  readonly #heard = new Map<Shim, Heard>();
  #listening: Promise<void> | undefined;

  constructor(events: Pick<EventExchange, "subscribe">, log: Logger) {
    this.#events = events;
    this.#log = log;
  }

  /** Listens for a shim's events from now on, until `remove`. */
  add(shim: Shim): void {
    this.#heard.set(shim, { topics: new Set(), waiting: new Set() });
    this.#listening ??= this.#listen();
  }

  remove(shim: Shim): void {
    this.#heard.delete(shim);
  }

  has(shim: Shim, topic: EndTopic): boolean {
    return this.#heard.get(shim)?.topics.has(topic) ?? false;
  }

  /** Waits until all of the events were heard, or the time is over. Never rejects. */
  async wait(shim: Shim, topics: readonly EndTopic[], timeoutMs: number): Promise<void> {
    const heard = this.#heard.get(shim);
    const complete = (): boolean => topics.every((topic) => this.has(shim, topic));
    if (heard === undefined || complete()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const check = (): void => {
      if (complete()) resolve();
    };
    heard.waiting.add(check);
    const timer = setTimeout(resolve, timeoutMs);
    await promise;
    clearTimeout(timer);
    heard.waiting.delete(check);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#listening;
  }

  async #listen(): Promise<void> {
    const { signal } = this.#stop;
    const filters = [EXIT_TOPIC, DELETE_TOPIC].map((topic) => `topic=="${topic}"`);
    try {
      for await (const envelope of this.#events.subscribe({ filters, signal })) this.#note(envelope);
    } catch (error) {
      if (!signal.aborted) this.#log.warn({ error: wireMessage(error) }, "the ends of tasks are not heard");
    }
  }

  #note(envelope: Envelope): void {
    const end = endOf(envelope);
    if (end === undefined) return;
    for (const [shim, { topics, waiting }] of this.#heard) {
      if (shim.id !== end.id || shim.namespace !== envelope.namespace) continue;
      topics.add(end.topic);
      for (const check of waiting) check();
    }
  }
}

/** Whose init an event is about; undefined for an exec's, or one that cannot be read. */
function endOf({ event }: Envelope): { readonly id: string; readonly topic: EndTopic } | undefined {
  if (event === undefined) return undefined;
  try {
    if (isAnyOf(event, TaskDeleteSchema)) {
      const { containerId, id } = unpackAny(event, TaskDeleteSchema);
      return id === "" || id === containerId ? { id: containerId, topic: DELETE_TOPIC } : undefined;
    }
    if (!isAnyOf(event, TaskExitSchema)) return undefined;
    const { containerId, id } = unpackAny(event, TaskExitSchema);
    return id === containerId ? { id, topic: EXIT_TOPIC } : undefined;
  } catch {
    return undefined; // anybody may publish anything
  }
}
