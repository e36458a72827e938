/** Named streams between a client and the daemon. @packageDocumentation */
export { receiveBytes, sendBytes } from "./byte-stream.ts";
export { DuplexStream, streamPair, type DuplexParts } from "./duplex-stream.ts";
export { openStream, type StreamingMethods } from "./open-stream.ts";
export { Outbox } from "./outbox.ts";
export { StreamingPlugin, type RegisteredStream, type StreamManager } from "./stream-manager.ts";
export type { Stream } from "./stream.ts";
