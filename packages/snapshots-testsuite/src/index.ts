/** The contract of a snapshotter, executable by anyone. @packageDocumentation */
export * from "./suite.ts";
