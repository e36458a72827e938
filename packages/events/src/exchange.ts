import type { CallOptions } from "@davit/namespaces";
import { pluginType, type PluginType } from "@davit/plugin";
import type { Any } from "@davit/typeurl";

export const EventPlugin: PluginType<EventExchange> = pluginType<EventExchange>("io.containerd.event.v1");

/** An event on its way (containerd.types.Envelope). */
export interface Envelope {
  /** Nanoseconds since 1970. */
  readonly timestamp: bigint;
  readonly namespace: string;
  readonly topic: string;
  /** Behind its bare full name, such as `containerd.events.TaskStart`. */
  readonly event?: Any | undefined;
}

/** Carries events from publishers to subscribers of this process (containerd core/events/exchange). */
export interface EventExchange {
  /**
   * Publishes in the namespace of the call, stamped with the present.
   * @throws InvalidArgumentError for a bad topic; FailedPreconditionError without a namespace.
   */
  publish(topic: string, event: Any | undefined, options: CallOptions): Promise<void>;
  /** Passes on an envelope made elsewhere, as it is. @throws InvalidArgumentError. */
  forward(envelope: Envelope): Promise<void>;
  /**
   * Events from now on that match any of the filters (`namespace`, `topic`, `event.<field>`), in the order they came, until
   * the signal. The subscription stands when this returns; what comes is queued.
   * @throws when a filter does not parse.
   */
  subscribe(options: {
    readonly filters?: readonly string[] | undefined;
    readonly signal?: AbortSignal | undefined;
  }): AsyncIterableIterator<Envelope>;
}
