import { InvalidArgumentError, UnknownError } from "@davit/errdefs";
import type { Envelope, EventExchange } from "@davit/events";
import { parseFilters, type Filter } from "@davit/filters";
import { validateIdentifier } from "@davit/identifiers";
import { requireNamespace, type CallOptions } from "@davit/namespaces";
import { now, ZERO_TIME } from "@davit/time";
import type { Any } from "@davit/typeurl";
import { adaptorOf } from "./envelope-adaptor.ts";
import { Subscription } from "./subscription.ts";
import { validateTopic } from "./topic.ts";

interface Subscriber {
  readonly matches: Filter;
  readonly subscription: Subscription<Envelope>;
}

/** Hands every event to everyone who subscribed to it (containerd core/events/exchange). */
export class MemoryExchange implements EventExchange, Disposable {
  readonly #subscribers = new Set<Subscriber>();

  async publish(topic: string, event: Any | undefined, options: CallOptions): Promise<void> {
    const namespace = namespaceOf(options);
    validateTopic(topic);
    this.#broadcast({ timestamp: now(), namespace, topic, event });
  }

  async forward(envelope: Envelope): Promise<void> {
    validateEnvelope(envelope);
    this.#broadcast(envelope);
  }

  #broadcast(envelope: Envelope): void {
    const adaptor = adaptorOf(envelope);
    for (const { matches, subscription } of this.#subscribers)
      if (matches(adaptor)) subscription.push(envelope);
  }

  subscribe({
    filters = [],
    signal,
  }: {
    readonly filters?: readonly string[] | undefined;
    readonly signal?: AbortSignal | undefined;
  }): AsyncIterableIterator<Envelope> {
    const end = (): void => subscriber.subscription.end();
    const subscription = new Subscription<Envelope>(() => {
      this.#subscribers.delete(subscriber);
      signal?.removeEventListener("abort", end);
    });
    const subscriber: Subscriber = { matches: filterOf(filters), subscription };
    this.#subscribers.add(subscriber);
    if (signal?.aborted) end();
    else signal?.addEventListener("abort", end, { once: true });
    return subscription;
  }

  /** Ends every subscription. */
  [Symbol.dispose](): void {
    for (const { subscription } of this.#subscribers) subscription.end();
  }
}

function namespaceOf(options: CallOptions): string {
  try {
    return requireNamespace(options);
  } catch (cause) {
    throw new Error("failed publishing event", { cause });
  }
}

/** A filter that does not parse is of kind Unknown here, as containerd answers it. */
function filterOf(filters: readonly string[]): Filter {
  try {
    return parseFilters(filters);
  } catch (cause) {
    throw new UnknownError("failed parsing subscription filters", { cause });
  }
}

function validateEnvelope({ namespace, topic, timestamp }: Envelope): void {
  try {
    validateIdentifier(namespace);
  } catch (cause) {
    throw new Error("event envelope has invalid namespace", { cause });
  }
  validateTopic(topic);
  if (timestamp === ZERO_TIME) throw new InvalidArgumentError("timestamp must be set on forwarded event");
}
