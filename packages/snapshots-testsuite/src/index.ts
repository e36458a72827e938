/** The contract of a snapshotter, executable by anyone. @packageDocumentation */

export const name: string = "@davit/snapshots-testsuite";
