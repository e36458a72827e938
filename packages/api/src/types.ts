/**
 * Protobuf package `containerd.types`. What several services share: descriptor, event envelope, mount,
 * platform, metric, sandbox, runtime information.
 * @packageDocumentation
 */

export * from "./gen/containerd/types/descriptor_pb.ts";
export * from "./gen/containerd/types/event_pb.ts";
export * from "./gen/containerd/types/introspection_pb.ts";
export * from "./gen/containerd/types/metrics_pb.ts";
export * from "./gen/containerd/types/mount_pb.ts";
export * from "./gen/containerd/types/platform_pb.ts";
export * from "./gen/containerd/types/sandbox_pb.ts";
