/** The in-process event exchange: io.containerd.event.v1.exchange. @packageDocumentation */
export { MemoryExchange } from "./exchange.ts";
export { EventExchangePlugin } from "./plugin.ts";
