/** Servers: what gRPC and ttrpc services register with, and what serves them. @packageDocumentation */
export * from "./handlers.ts";
export * from "./tokens.ts";
