/** Servers: what gRPC and ttrpc services register with. @packageDocumentation */

export const name: string = "@davit/server";
