/** Sandboxes: their store and their controllers. @packageDocumentation */
export * from "./sandbox-store.ts";
