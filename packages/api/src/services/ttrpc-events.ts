/**
 * Protobuf package `containerd.services.events.ttrpc.v1`. The ttrpc service by which shims forward their
 * events to the daemon.
 * @packageDocumentation
 */

export * from "../gen/containerd/services/events/ttrpc/v1/events_pb.ts";
