import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { digestOf, type Digest } from "@davit/digest";
import type { Descriptor } from "@davit/oci";

export interface Recorded {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** Answers a request itself, or leaves it to the registry by returning nothing. */
export type Behaviour = (
  request: IncomingMessage & { readonly url: string },
  response: ServerResponse,
  body: string,
) => unknown;

/** A registry in the process, which records what it is asked and misbehaves as told. */
export class FakeRegistry implements AsyncDisposable {
  readonly requests: Recorded[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #objects = new Map<string, { readonly type: string; readonly bytes: Buffer }>();
  /** Asked first, until it returns nothing. */
  behaviour: Behaviour | undefined;
  readonly scheme: "http" | "https";

  private constructor(server: Server, scheme: "http" | "https") {
    this.#server = server;
    this.scheme = scheme;
  }

  static async start(
    behaviour?: Behaviour,
    tls?: {
      readonly key: string;
      readonly cert: string;
      readonly ca?: string;
      readonly requestCert?: boolean;
    },
  ): Promise<FakeRegistry> {
    const listener = (request: IncomingMessage, response: ServerResponse): void =>
      void registry.#answer(request, response);
    const server =
      tls === undefined ? createServer(listener) : (createTlsServer(tls, listener) as unknown as Server);
    const registry = new FakeRegistry(server, tls === undefined ? "http" : "https");
    registry.behaviour = behaviour;
    server.on("connection", (socket: Socket) => {
      registry.#sockets.add(socket);
      socket.on("close", () => registry.#sockets.delete(socket));
      socket.on("error", () => {});
    });
    server.listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    return registry;
  }

  /** `127.0.0.1:port`. */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `${this.scheme}://${this.host}`;
  }

  /** What was asked, as `GET /v2/…`. */
  get asked(): string[] {
    return this.requests.map(({ method, url }) => `${method} ${url}`);
  }

  /** Serves an object at a path such as `/v2/app/manifests/latest`. */
  serve(path: string, type: string, bytes: Buffer | string): Digest {
    this.#objects.set(path, { type, bytes: Buffer.from(bytes) });
    return digestOf(Buffer.from(bytes));
  }

  /** Serves a blob of the repository `app`. */
  blob(bytes: Buffer | string, mediaType = "application/vnd.oci.image.layer.v1.tar+gzip"): Descriptor {
    const digest = digestOf(Buffer.from(bytes));
    this.serve(`/v2/app/blobs/${digest}`, "application/octet-stream", bytes);
    return { mediaType, digest, size: Buffer.byteLength(bytes) };
  }

  /** Serves a manifest of the repository `app` by its digest and by tags. */
  manifest(document: object, mediaType: string, ...tags: string[]): Descriptor {
    const bytes = Buffer.from(JSON.stringify(document));
    const digest = digestOf(bytes);
    for (const object of [digest, ...tags]) this.serve(`/v2/app/manifests/${object}`, mediaType, bytes);
    return { mediaType, digest, size: bytes.length };
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const { method = "", url = "", headers } = request;
    const body = Buffer.concat(chunks).toString();
    this.requests.push({ method, url, headers, body });
    await this.behaviour?.(Object.assign(request, { url }), response, body);
    if (!response.headersSent && !response.destroyed && !response.writableEnded)
      this.respond(request, response);
  }

  /** The well-behaved answer. */
  respond({ method, url = "", headers }: IncomingMessage, response: ServerResponse): void {
    const object = this.#objects.get(url.split("?", 1)[0] ?? "");
    if (object === undefined) {
      response.writeHead(404, { "content-type": "application/json" });
      response.end('{"errors":[{"code":"NAME_UNKNOWN","message":"repository name not known to registry"}]}');
      return;
    }
    const { type, bytes } = object;
    const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0);
    const fields = { "content-type": type, "docker-content-digest": digestOf(bytes) };
    if (from > 0 && from < bytes.length) {
      response.writeHead(206, {
        ...fields,
        "content-length": bytes.length - from,
        "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}`,
      });
    } else response.writeHead(200, { ...fields, "content-length": bytes.length });
    response.end(method === "HEAD" ? undefined : bytes.subarray(from));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
