/**
 * Protobuf package `containerd.services.images.v1`. Names of images: the service and its messages. The
 * image events of the same protobuf package are in `@davit/api/events`.
 * @packageDocumentation
 */

export * from "../gen/containerd/services/images/v1/images_pb.ts";
