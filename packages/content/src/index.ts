/** Content stores: blobs by digest, and the ingests that become them. @packageDocumentation */
export * from "./service.ts";
export * from "./store.ts";
export * from "./writer.ts";
