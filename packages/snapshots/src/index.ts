/** Snapshotters: file system layers as active, view and committed snapshots. @packageDocumentation */
export * from "./snapshotter.ts";
