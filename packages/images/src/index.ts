/** The image store: names and the descriptors they point to. @packageDocumentation */
export * from "./image-store.ts";
export * from "./service.ts";
