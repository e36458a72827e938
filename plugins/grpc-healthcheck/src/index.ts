/** The gRPC health service. @packageDocumentation */

export const name: string = "@davit/plugin-grpc-healthcheck";
