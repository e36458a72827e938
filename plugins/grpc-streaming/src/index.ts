/** The streaming service. @packageDocumentation */

export const name: string = "@davit/plugin-grpc-streaming";
