/** The tasks service: processes of containers. @packageDocumentation */
export * from "./service.ts";
