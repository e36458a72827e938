/**
 * Protobuf package `containerd.types.transfer`. Sources, destinations and stream messages of the transfer
 * service.
 * @packageDocumentation
 */

export * from "./gen/containerd/types/transfer/container_path_pb.ts";
export * from "./gen/containerd/types/transfer/image_store_pb.ts";
export * from "./gen/containerd/types/transfer/import_export_pb.ts";
export * from "./gen/containerd/types/transfer/progress_pb.ts";
export * from "./gen/containerd/types/transfer/registry_pb.ts";
export * from "./gen/containerd/types/transfer/streaming_pb.ts";
