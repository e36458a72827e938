/**
 * Protobuf package `google.rpc`. `Status`: the error of a call, as ttrpc sends it and introspection shows
 * it.
 * @packageDocumentation
 */

export * from "./gen/google/rpc/status_pb.ts";
