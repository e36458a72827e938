/** The gRPC server on a unix socket: io.containerd.server.v1.grpc. @packageDocumentation */

export const name: string = "@davit/plugin-server-grpc";
