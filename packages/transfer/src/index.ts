/** The transfer service: move images between registries, stores and streams. @packageDocumentation */
export * from "./ends.ts";
export * from "./image-verifier.ts";
export * from "./progress.ts";
export * from "./transferrer.ts";
