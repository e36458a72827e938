// Servers in private directories, and a client on node:http2 that can be as rude as no gRPC library is.
import { connect as connectHttp2, type ClientHttp2Session, type IncomingHttpHeaders } from "node:http2";
import { mkdtemp, rm } from "node:fs/promises";
import { connect as connectSocket, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, fromBinary, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { createClient, openChannel, type Client } from "@davit/grpc/client";
import {
  GrpcServer,
  implement,
  type GrpcServerOptions,
  type ServiceImplementation,
  type ServiceMethods,
} from "@davit/grpc/server";
import { Echo, EchoRequestSchema, EchoResponseSchema, type EchoResponse } from "./echo.ts";

export type EchoMethods = Partial<ServiceMethods<typeof Echo>>;

/** A directory that is gone at the end of the scope. */
export async function temporary(): Promise<AsyncDisposable & { readonly dir: string }> {
  const dir = await mkdtemp(join(tmpdir(), "davit-grpc-"));
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) };
}

export interface Harness extends AsyncDisposable {
  readonly server: GrpcServer;
  readonly path: string;
  readonly client: Client<typeof Echo>;
}

/** A server of the echo service on a unix socket, and a grpc-js client of it. */
export async function serve(
  methods: EchoMethods,
  options: Partial<GrpcServerOptions> = {},
): Promise<Harness> {
  const stack = new AsyncDisposableStack();
  const { dir } = stack.use(await temporary());
  const services: ServiceImplementation[] = [implement(Echo, methods)];
  const server = new GrpcServer({ services, ...options });
  stack.defer(() => server.stop({ timeoutMs: 0 }));
  const path = await server.listen({ path: join(dir, "grpc.sock") });
  const channel = stack.use(openChannel(`unix://${path}`));
  return {
    server,
    path,
    client: createClient(Echo, channel),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** A message with its prefix. */
export function frame(init: MessageInitShape<typeof EchoRequestSchema>, compressed = false): Buffer {
  return framed(toBinary(EchoRequestSchema, create(EchoRequestSchema, init)), compressed);
}

export function framed(bytes: Uint8Array, compressed = false): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = compressed ? 1 : 0;
  prefix.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([prefix, bytes]);
}

/** What a call over raw HTTP/2 was answered. */
export interface RawAnswer {
  readonly headers: IncomingHttpHeaders;
  /** The trailers; those of the headers when the answer consists of headers alone. */
  readonly trailers: IncomingHttpHeaders;
  readonly messages: EchoResponse[];
  /** The HTTP/2 error code with which the stream was closed. */
  readonly rstCode: number;
}

/** An HTTP/2 connection without a gRPC library. */
export class RawClient implements Disposable {
  readonly session: ClientHttp2Session;

  constructor(path: string) {
    this.session = connectHttp2("http://localhost", {
      maxSessionMemory: 1000,
      createConnection: () => connectSocket(path),
    });
    this.session.on("error", () => {});
  }

  /** Opens a call; what is written to the result is the caller's affair. */
  open(
    method: string,
    headers: Record<string, string | string[]> = {},
  ): ReturnType<ClientHttp2Session["request"]> {
    const stream = this.session.request({
      ":method": "POST",
      ":path": method.startsWith("/") ? method : `/davit.grpc.test.Echo/${method}`,
      "content-type": "application/grpc",
      te: "trailers",
      ...headers,
    });
    stream.on("error", () => {});
    return stream;
  }

  /** Sends `body` in these pieces, ends, and collects the answer. */
  async call(
    method: string,
    body: readonly Uint8Array[],
    headers?: Record<string, string | string[]>,
  ): Promise<RawAnswer> {
    const stream = this.open(method, headers);
    const answer = collect(stream);
    for (const piece of body) stream.write(piece);
    stream.end();
    return answer;
  }

  [Symbol.dispose](): void {
    this.session.destroy();
  }
}

/** Collects the answer on an open stream. */
export function collect(stream: ReturnType<ClientHttp2Session["request"]>): Promise<RawAnswer> {
  const chunks: Buffer[] = [];
  let headers: IncomingHttpHeaders = {};
  let trailers: IncomingHttpHeaders | undefined;
  stream.on("response", (got) => (headers = got));
  stream.on("trailers", (got) => (trailers = got));
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve) =>
    stream.on("close", () =>
      resolve({
        headers,
        trailers: trailers ?? headers,
        messages: messagesIn(Buffer.concat(chunks)),
        rstCode: stream.rstCode ?? 0,
      }),
    ),
  );
}

function messagesIn(bytes: Buffer): EchoResponse[] {
  const messages: EchoResponse[] = [];
  for (let at = 0; at + 5 <= bytes.length;) {
    const length = bytes.readUInt32BE(at + 1);
    messages.push(fromBinary(EchoResponseSchema, bytes.subarray(at + 5, at + 5 + length)));
    at += 5 + length;
  }
  return messages;
}

const FRAME_HEADERS = 1;
const FRAME_DATA = 0;
const FRAME_RST = 3;
const FRAME_SETTINGS = 4;
const END_HEADERS = 4;

/** A connection on which HTTP/2 frames are written by hand. */
export class FrameClient implements Disposable {
  readonly #socket: Socket;

  constructor(path: string) {
    this.#socket = connectSocket(path);
    this.#socket.on("error", () => {});
    this.#socket.resume();
    this.#socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    this.#frame(FRAME_SETTINGS, 0, 0, Buffer.alloc(0));
  }

  /** Opens stream `id` for a method of the echo service. */
  open(id: number, method: string): void {
    const fields = {
      ":method": "POST",
      ":scheme": "http",
      ":path": `/davit.grpc.test.Echo/${method}`,
      ":authority": "localhost",
      "content-type": "application/grpc",
    };
    // HPACK (RFC 7541 §6.2.2): literals without indexing, with new names.
    const block = Object.entries(fields).flatMap(([name, value]) => [
      Buffer.from([0, name.length]),
      Buffer.from(name),
      Buffer.from([value.length]),
      Buffer.from(value),
    ]);
    this.#frame(FRAME_HEADERS, END_HEADERS, id, Buffer.concat(block));
  }

  data(id: number, bytes: Uint8Array): void {
    this.#frame(FRAME_DATA, 0, id, bytes);
  }

  /** RST_STREAM with the code CANCEL, without an end of stream before it: what grpc-go sends. */
  reset(id: number): void {
    this.#frame(FRAME_RST, 0, id, Buffer.from([0, 0, 0, 8]));
  }

  #frame(type: number, flags: number, id: number, payload: Uint8Array): void {
    const header = Buffer.alloc(9);
    header.writeUIntBE(payload.length, 0, 3);
    header[3] = type;
    header[4] = flags;
    header.writeUInt32BE(id, 5);
    this.#socket.write(Buffer.concat([header, payload]));
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}

/** Waits until `condition` holds. */
export async function until(condition: () => boolean, timeoutMs = 5000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > end) throw new Error("what was waited for did not happen");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
