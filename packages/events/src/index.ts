/** Events: publish, forward and subscribe. @packageDocumentation */
export * from "./exchange.ts";
