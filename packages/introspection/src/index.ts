/** What the daemon tells of itself: plugins, warnings, identity. @packageDocumentation */
export * from "./plugin-info-provider.ts";
export * from "./service.ts";
export * from "./warnings.ts";
