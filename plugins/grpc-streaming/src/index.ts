/** The streaming service of containerd's API: `io.containerd.grpc.v1.streaming`. @packageDocumentation */
export { GrpcStreamingPlugin } from "./plugin.ts";
export { streamingService } from "./service.ts";
