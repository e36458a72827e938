/** Instants in nanoseconds, RFC 3339 and Go durations. @packageDocumentation */
export * from "./instant.ts";
export * from "./duration.ts";
