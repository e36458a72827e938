/**
 * Protobuf package `containerd.services.content.v1`. The content store: the service and its messages.
 * @packageDocumentation
 */

export * from "../gen/containerd/services/content/v1/content_pb.ts";
