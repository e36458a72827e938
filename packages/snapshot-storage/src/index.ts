/** Ids, parents, kinds and usage of a file-based snapshotter. @packageDocumentation */
export * from "./storage.ts";
export * from "./usage.ts";
