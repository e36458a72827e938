/** Runtimes, their tasks, and the shims and bundles these live in. @packageDocumentation */
export * from "./bundle.ts";
export * from "./closed.ts";
export * from "./monitor.ts";
export * from "./shim.ts";
export * from "./shim-manager.ts";
export * from "./task.ts";
export * from "./task-runtime.ts";
