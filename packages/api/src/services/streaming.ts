/**
 * Protobuf package `containerd.services.streaming.v1`. Named byte and message streams between client and
 * daemon: the service and `StreamInit`.
 * @packageDocumentation
 */

export * from "../gen/containerd/services/streaming/v1/streaming_pb.ts";
