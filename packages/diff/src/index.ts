/** Differs: apply a layer to mounts, and compute a layer from two sets of mounts. @packageDocumentation */
export * from "./differ.ts";
export * from "./service.ts";
