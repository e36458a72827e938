/** Snapshotters: file system layers as active, view and committed snapshots. @packageDocumentation */
export * from "./service.ts";
export * from "./snapshotter.ts";
