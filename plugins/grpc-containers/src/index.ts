/** The containers service, service.v1 and grpc.v1. @packageDocumentation */

export const name: string = "@davit/plugin-grpc-containers";
