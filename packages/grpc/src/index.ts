/** The gRPC server on node:http2, and clients on grpc-js, from protobuf-es descriptors. @packageDocumentation */

export const name: string = "@davit/grpc";
