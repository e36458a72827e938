/** Namespaces, and the options every namespaced call carries. @packageDocumentation */
export * from "./call-options.ts";
export * from "./namespace-store.ts";
