/** Protobuf package `grpc.health.v1`. gRPC's standard health service. @packageDocumentation */

export * from "./gen/grpc/health/v1/health_pb.ts";
