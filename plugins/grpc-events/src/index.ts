/** The events service on gRPC and ttrpc. @packageDocumentation */

export const name: string = "@davit/plugin-grpc-events";
