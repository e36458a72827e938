/** Garbage collection: the references that keep things alive. @packageDocumentation */
export * from "./collector.ts";
