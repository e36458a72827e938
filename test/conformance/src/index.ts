/** Daemons for suites to run against. @packageDocumentation */
export * from "./daemon.ts";
