/**
 * Protobuf package `containerd.events`. Every event a daemon or a shim publishes. `ImageCreate`,
 * `ImageUpdate` and `ImageDelete` have the full names of `containerd.services.images.v1`.
 * @packageDocumentation
 */

export * from "./gen/containerd/events/container_pb.ts";
export * from "./gen/containerd/events/content_pb.ts";
export * from "./gen/containerd/services/images/v1/image_events_pb.ts";
export * from "./gen/containerd/events/namespace_pb.ts";
export * from "./gen/containerd/events/sandbox_pb.ts";
export * from "./gen/containerd/events/snapshot_pb.ts";
export * from "./gen/containerd/events/task_pb.ts";
