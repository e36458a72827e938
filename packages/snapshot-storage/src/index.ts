/** Ids, parents, kinds and usage of a file-based snapshotter. @packageDocumentation */

export const name: string = "@davit/snapshot-storage";
