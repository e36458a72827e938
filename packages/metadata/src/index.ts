/** The namespaced metadata store that binds content, images, containers, snapshots and leases. @packageDocumentation */
export * from "./metadata-store.ts";
export * from "./namespaces-service.ts";
