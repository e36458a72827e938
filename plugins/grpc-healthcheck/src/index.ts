/** The health service, `grpc.health.v1.Health`: io.containerd.grpc.v1.healthcheck. @packageDocumentation */
export { GrpcHealthcheckPlugin } from "./plugin.ts";
export { healthService } from "./service.ts";
