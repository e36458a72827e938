import { EventPlugin, type EventExchange } from "@davit/events";
import { plugin, type Plugin } from "@davit/plugin";
import { MemoryExchange } from "./exchange.ts";

/** `io.containerd.event.v1.exchange` */
@plugin({ type: EventPlugin, id: "exchange" })
export class EventExchangePlugin implements Plugin<EventExchange> {
  init(): EventExchange {
    return new MemoryExchange();
  }
}
