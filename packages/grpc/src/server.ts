/** The gRPC server. It loads nothing of grpc-js. @packageDocumentation */
import {
  constants,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { toStatus, UnavailableError } from "@davit/errdefs";
import type { ServiceImplementation } from "@davit/server";
import { ServerCall, type MessageLimits } from "./call.ts";
import type { Interceptor } from "./interceptor.ts";
import { keepAlive, type KeepAlive } from "./keep-alive.ts";
import { ResponseWriter } from "./response-writer.ts";
import { route } from "./routes.ts";
import { parseTimeout } from "./timer.ts";
import { listenUnix, type UnixSocketOptions } from "./unix-socket.ts";

export * from "./handlers.ts";
export type { Call, Interceptor } from "./interceptor.ts";
export type { KeepAlive } from "./keep-alive.ts";
export { listenUnix, type UnixSocket, type UnixSocketOptions } from "./unix-socket.ts";
export {
  implement,
  type EncodedMessage,
  type MethodHandler,
  type ServiceImplementation,
  type ServiceMethods,
} from "@davit/server";

/** Largest message that containerd and its clients exchange, in bytes. */
export const DEFAULT_MAX_MESSAGE_SIZE: number = 16 << 20;
const STREAM_WINDOW_BYTES = 4 << 20;
const SESSION_WINDOW_BYTES = 16 << 20;
/** How long handlers may take to end after their signal has been aborted by a stop. */
const ABORT_GRACE_MS = 1000;

/** How a server is made. */
export interface GrpcServerOptions {
  /** What is served. Looked through at every call, so that it may be live: the first of a name answers. */
  readonly services: Iterable<ServiceImplementation>;
  /** The first is the outermost. */
  readonly interceptors?: readonly Interceptor[];
  /** Largest request message in bytes; default 16 MiB. */
  readonly maxReceiveMessageSize?: number;
  /** Largest response message in bytes; default 16 MiB. */
  readonly maxSendMessageSize?: number;
  /** Largest header list in bytes; default 16 MiB, as in grpc-go. */
  readonly maxHeaderListSize?: number;
  /** Calls open at once on one connection; clients queue what is beyond. Default 16,384: every waiting client is one. */
  readonly maxConcurrentStreams?: number;
  /** Pings to idle clients; default every two hours, as in grpc-go. False: none. Pings of clients are never too many. */
  readonly keepAlive?: KeepAlive | false;
}

/** Where a server listens by TCP. */
export interface TcpOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/** How a server stops. */
export interface StopOptions {
  /** How long calls may go on; default 5000. Then their signal is aborted, and clients get Unavailable. */
  readonly timeoutMs?: number;
}

interface Listener {
  readonly http: Http2Server;
  readonly remove: () => Promise<void>;
}

/** A gRPC server over HTTP/2 without TLS, on any number of unix sockets and TCP ports. */
export class GrpcServer implements AsyncDisposable {
  readonly #options: GrpcServerOptions;
  readonly #limits: MessageLimits;
  readonly #listeners = new Set<Listener>();
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #calls = new Map<ServerCall, Promise<void>>();
  #stopped: Promise<void> | undefined;

  constructor(options: GrpcServerOptions) {
    this.#options = options;
    this.#limits = {
      maxReceiveMessageSize: options.maxReceiveMessageSize ?? DEFAULT_MAX_MESSAGE_SIZE,
      maxSendMessageSize: options.maxSendMessageSize ?? DEFAULT_MAX_MESSAGE_SIZE,
    };
  }

  /**
   * Opens a socket; resolves to its path or `host:port` when clients can connect.
   * @throws what {@link listenUnix} throws, and the errors of TCP (`EADDRINUSE`).
   */
  async listen(where: UnixSocketOptions | TcpOptions): Promise<string> {
    if (this.#stopped !== undefined) throw new UnavailableError("the server has been stopped");
    const http = this.#createHttp();
    if ("path" in where) {
      const socket = await listenUnix(http, where);
      this.#listeners.add({ http, remove: () => socket.remove() });
      return socket.path;
    }
    const port = await listenTcp(http, where);
    this.#listeners.add({ http, remove: async () => {} });
    return `${where.host.includes(":") ? `[${where.host}]` : where.host}:${port}`;
  }

  /**
   * Stops: no more connections and calls, the calls under way go on until `timeoutMs`, then everything is closed. Idempotent.
   */
  stop(options: StopOptions = {}): Promise<void> {
    this.#stopped ??= this.#stop(options.timeoutMs ?? 5000);
    return this.#stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(timeoutMs: number): Promise<void> {
    const listeners = [...this.#listeners];
    await Promise.all(listeners.map(({ remove }) => remove()));
    for (const { http } of listeners) http.close();
    for (const session of this.#sessions) session.close();
    await this.#settled(timeoutMs);
    if (this.#calls.size > 0) {
      for (const call of this.#calls.keys()) call.end(new UnavailableError("the server is stopping"));
      await this.#settled(ABORT_GRACE_MS);
    }
    await this.#flushed();
    for (const session of this.#sessions) session.destroy();
  }

  /** Waits for the calls under way. */
  async #settled(timeoutMs: number): Promise<void> {
    if (this.#calls.size === 0) return;
    using timer = abortAfter();
    const timeout = sleep(timeoutMs, undefined, { signal: timer.signal }).catch(() => {});
    await Promise.race([Promise.all(this.#calls.values()), timeout]);
  }

  /** Gives sessions whose calls have ended a moment to send the last statuses and close by themselves. */
  async #flushed(): Promise<void> {
    if (this.#sessions.size === 0) return;
    using timer = abortAfter();
    const closed = [...this.#sessions].map(
      (session) => new Promise((resolve) => session.once("close", resolve)),
    );
    await Promise.race([
      Promise.all(closed),
      sleep(100, undefined, { signal: timer.signal }).catch(() => {}),
    ]);
  }

  #createHttp(): Http2Server {
    const http = createServer({
      // Its 10 MB would refuse calls at random (ENHANCE_YOUR_CALM); what waits is bounded per call instead.
      maxSessionMemory: 1 << 20,
      maxHeaderListPairs: 4096,
      maxSendHeaderBlockLength: 16 << 20,
      // Clients cancel calls by the thousand; the limit is meant for strangers on the internet.
      streamResetBurst: 1_000_000,
      streamResetRate: 1_000_000,
      settings: {
        maxConcurrentStreams: this.#options.maxConcurrentStreams ?? 16_384,
        maxHeaderListSize: this.#options.maxHeaderListSize ?? 16 << 20,
        initialWindowSize: STREAM_WINDOW_BYTES,
      },
    });
    http.on("session", (session) => this.#welcome(session));
    // A connection that speaks something else, or breaks off: its own affair.
    http.on("sessionError", () => {});
    return http;
  }

  #welcome(session: ServerHttp2Session): void {
    session.on("error", () => {});
    session.on("stream", (stream, headers, _flags, rawHeaders) => this.#serve(stream, headers, rawHeaders));
    this.#sessions.add(session);
    session.once("close", () => this.#sessions.delete(session));
    session.setLocalWindowSize(SESSION_WINDOW_BYTES);
    if (this.#options.keepAlive !== false) keepAlive(session, this.#options.keepAlive);
    if (this.#stopped !== undefined) session.close();
  }

  #serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, rawHeaders: readonly string[]): void {
    // Without a listener one reset by a client would end the daemon; the reset itself shows as "aborted".
    stream.on("error", () => {});
    if (this.#stopped !== undefined) return stream.close(constants.NGHTTP2_REFUSED_STREAM);
    if (refuseHttp(stream, headers)) return;
    const call = this.#accept(stream, headers, rawHeaders);
    if (call === undefined) return;
    this.#calls.set(
      call,
      call.run(this.#options.interceptors ?? []).finally(() => this.#calls.delete(call)),
    );
  }

  #accept(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    rawHeaders: readonly string[],
  ): ServerCall | undefined {
    const limits = this.#limits;
    try {
      const found = route(this.#options.services, headers[":path"] ?? "");
      const timeout = headers["grpc-timeout"] as string | undefined;
      const timeoutMs = timeout === undefined ? undefined : parseTimeout(timeout);
      return new ServerCall({ stream, route: found, headers, rawHeaders, timeoutMs, limits });
    } catch (err) {
      new ResponseWriter(stream, limits.maxSendMessageSize).finish(toStatus(err));
      return undefined;
    }
  }
}

/** Answers what is no gRPC in HTTP's own words (gRPC over HTTP/2, PROTOCOL-HTTP2.md). */
function refuseHttp(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): boolean {
  const type = headers["content-type"] ?? "";
  const status = headers[":method"] === "POST" ? (/^application\/grpc($|[+;])/.test(type) ? 0 : 415) : 405;
  if (status === 0) return false;
  stream.respond({ ":status": status }, { endStream: true });
  stream.resume();
  return true;
}

function listenTcp(http: Http2Server, { host, port }: TcpOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once("error", reject);
    http.listen(port, host, () => {
      http.off("error", reject);
      resolve((http.address() as AddressInfo).port);
    });
  });
}

/** A signal that is aborted at the end of the scope: a timer that lost its race must not keep the process. */
function abortAfter(): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  return { signal: controller.signal, [Symbol.dispose]: () => controller.abort() };
}
