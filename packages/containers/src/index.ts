/** The container store: metadata of containers. @packageDocumentation */
export * from "./container-store.ts";
export * from "./service.ts";
