/**
 * Protobuf package `containerd.services.sandbox.v1`. Sandboxes as the daemon's clients see them: `Store`,
 * `Controller` and their messages. What a shim serves is in `@davit/api/runtime/sandbox`.
 * @packageDocumentation
 */

export * from "../gen/containerd/services/sandbox/v1/sandbox_pb.ts";
