/** Leases: what must not be collected yet. @packageDocumentation */
export * from "./lease-manager.ts";
