/**
 * ttrpc for Node: the protocol that containerd and its shims speak, client and server, unary and streaming.
 * `connect` and `createClient` on one side, `Server` on the other; both also take and give plain bytes.
 * @packageDocumentation
 */

export { createClient, type Client, type ClientMethod } from "./client.ts";
export { type Answers, ClientStream } from "./client-stream.ts";
export { Code } from "./code.ts";
export { connect, type ConnectOptions } from "./connect.ts";
export { Connection, type CallOptions, type StreamOptions } from "./connection.ts";
export { isClosed, isTtrpcError, statusOf, TtrpcError, type Detail, type Status } from "./error.ts";
export {
  encodeFrame,
  Flag,
  FrameDecoder,
  FrameType,
  MESSAGE_SIZE_MAX,
  type Frame,
  type FrameHeader,
  type OversizeFrame,
} from "./frame.ts";
export type { HandlerContext, RawHandler, RawService } from "./handler.ts";
export {
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  type Request,
  type Response,
} from "./messages.ts";
export type { Metadata, MetadataInit } from "./metadata.ts";
export { sameUser, type PeerCredentials, type PeerOptions } from "./peer.ts";
export { Server, type ServerOptions, type ShutdownOptions } from "./server.ts";
export type { MethodImpl, ServiceImpl } from "./service.ts";
