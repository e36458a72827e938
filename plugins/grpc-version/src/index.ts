/** The version service. @packageDocumentation */

export const name: string = "@davit/plugin-grpc-version";
