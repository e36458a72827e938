/** The ttrpc server on a unix socket: io.containerd.server.v1.ttrpc. @packageDocumentation */
export { configSchema, type ServerTtrpcConfig } from "./config.ts";
export { ServerTtrpcPlugin } from "./plugin.ts";
export { createServer } from "./server.ts";
