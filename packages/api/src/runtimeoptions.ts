/**
 * Protobuf package `runtimeoptions.v1`. Options of shims that have no type of their own: a configuration
 * file or its text.
 * @packageDocumentation
 */

export * from "./gen/runtimeoptions/v1/options_pb.ts";
