/** The stream manager: `io.containerd.streaming.v1.manager`. @packageDocumentation */
export { StreamingManagerPlugin } from "./plugin.ts";
export { StreamRegistry } from "./stream-registry.ts";
