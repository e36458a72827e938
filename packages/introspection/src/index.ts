/** What the daemon tells of itself: plugins, warnings, identity. @packageDocumentation */
export * from "./warnings.ts";
