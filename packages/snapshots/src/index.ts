/** Snapshotters: file system layers as active, view and committed snapshots. @packageDocumentation */

export const name: string = "@davit/snapshots";
