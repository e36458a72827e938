/**
 * The gRPC server on node:http2, and clients on grpc-js, from protobuf-es descriptors. Handlers see messages and call options,
 * never the transport. Clients are in `@davit/grpc/client`, so that a server loads nothing of grpc-js. @packageDocumentation
 */
export * from "./server.ts";
export type { Channel, ChannelOptions, Client, ClientCallOptions } from "./client.ts";
