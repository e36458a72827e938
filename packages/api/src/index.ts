/** containerd's protobuf API: our own .proto files and the generated messages. @packageDocumentation */

export const name: string = "@davit/api";
