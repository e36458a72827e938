/** Ids, parents, kinds and usage of a file-based snapshotter. @packageDocumentation */
export * from "./directories.ts";
export * from "./off-thread.ts";
export * from "./serve.ts";
export * from "./storage.ts";
export * from "./usage.ts";
