/**
 * Protobuf package `containerd.services.events.v1`. The event exchange over gRPC: the service and its
 * requests. `Envelope` is in `@davit/api/types`, the events are in `@davit/api/events`.
 * @packageDocumentation
 */

export * from "../gen/containerd/services/events/v1/events_pb.ts";
