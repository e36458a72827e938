/** The transfer service on gRPC. @packageDocumentation */

export const name: string = "@davit/plugin-grpc-transfer";
