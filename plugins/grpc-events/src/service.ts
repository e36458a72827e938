import type { Events } from "@davit/api/services/events";
import type { Events as TtrpcEvents } from "@davit/api/services/ttrpc-events";
import type { Envelope, EventExchange } from "@davit/events";
import type { CallOptions } from "@davit/namespaces";
import type { ServiceMethods } from "@davit/server";
import { envelopeFromProto, envelopeToProto } from "./convert.ts";

/** The methods of `containerd.services.events.v1.Events` over an exchange. */
export function eventsService(exchange: EventExchange): ServiceMethods<typeof Events> {
  return {
    publish: async ({ topic, event }, options) => {
      await exchange.publish(topic, event, options);
      return {};
    },
    forward: async ({ envelope }) => {
      await exchange.forward(envelopeFromProto(envelope));
      return {};
    },
    async *subscribe({ filters }, { signal }) {
      for await (const envelope of subscribe(exchange, filters, signal)) yield envelopeToProto(envelope);
    },
  };
}

/** The methods of `containerd.services.events.ttrpc.v1.Events`, by which shims tell of their tasks. */
export function ttrpcEventsService(exchange: EventExchange): ServiceMethods<typeof TtrpcEvents> {
  return {
    forward: async ({ envelope }) => {
      await exchange.forward(envelopeFromProto(envelope));
      return {};
    },
  };
}

function subscribe(
  exchange: EventExchange,
  filters: readonly string[],
  signal: CallOptions["signal"],
): AsyncIterable<Envelope> {
  try {
    return exchange.subscribe({ filters, signal });
  } catch (cause) {
    throw new Error("subscription error", { cause });
  }
}
