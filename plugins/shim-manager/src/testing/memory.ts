import { NotFoundError } from "@davit/errdefs";
import type { Envelope, EventExchange } from "@davit/events";
import type { MetadataStore } from "@davit/metadata";
import { now } from "@davit/time";
import type { Any } from "@davit/typeurl";

type Listener = (envelope: Envelope) => void;

/** Events in memory: what was published, and subscriptions by topic. */
export class MemoryEvents implements EventExchange {
  readonly all: Envelope[] = [];
  readonly #listeners = new Set<Listener>();

  async publish(
    topic: string,
    event: Any | undefined,
    { namespace }: { readonly namespace: string },
  ): Promise<void> {
    await this.forward({ timestamp: now(), namespace, topic, event });
  }

  async forward(envelope: Envelope): Promise<void> {
    this.all.push(envelope);
    for (const listener of this.#listeners) listener(envelope);
  }

  async *subscribe({
    filters = [],
    signal,
  }: {
    readonly filters?: readonly string[];
    readonly signal?: AbortSignal;
  }): AsyncIterableIterator<Envelope> {
    const queue: Envelope[] = [];
    let ended = signal?.aborted ?? false;
    let wake = (): void => {};
    const listener: Listener = (envelope) => {
      if (filters.length > 0 && !filters.includes(`topic=="${envelope.topic}"`)) return;
      queue.push(envelope);
      wake();
    };
    this.#listeners.add(listener);
    signal?.addEventListener("abort", () => {
      ended = true;
      wake();
    });
    for (;;) {
      yield* queue.splice(0);
      if (ended) break;
      if (queue.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    }
    this.#listeners.delete(listener);
  }

  /** Topics of a container in the order they came. */
  topics(id: string): string[] {
    return this.all
      .filter(({ event }) => event && Buffer.from(event.value).includes(id))
      .map(({ topic }) => topic);
  }
}

/** The containers and sandboxes given, by id, in every namespace. */
export function memoryMetadata(
  records: { readonly containers?: Record<string, string>; readonly sandboxes?: readonly string[] } = {},
): Pick<MetadataStore, "containers" | "sandboxes"> {
  const get = async (id: string): Promise<unknown> => {
    const runtime = records.containers?.[id];
    if (runtime === undefined) throw new NotFoundError(`container "${id}"`);
    return { id, runtime: { name: runtime } };
  };
  const sandbox = async (id: string): Promise<unknown> => {
    if (records.sandboxes?.includes(id)) return { id };
    throw new NotFoundError(`sandbox "${id}"`);
  };
  return { containers: { get }, sandboxes: { get: sandbox } } as unknown as MetadataStore;
}
