/**
 * Protobuf package `containerd.services.transfer.v1`. Moving images between registries, the image store
 * and streams: the service and its request. The sources and destinations are in `@davit/api/transfer`.
 * @packageDocumentation
 */

export * from "../gen/containerd/services/transfer/v1/transfer_pb.ts";
