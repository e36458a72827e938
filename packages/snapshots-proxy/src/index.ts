/** A snapshotter in another process, spoken to over gRPC. @packageDocumentation */

export const name: string = "@davit/snapshots-proxy";
