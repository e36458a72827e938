import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { TestImage } from "./image.ts";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
}

interface Stored {
  readonly type: string;
  readonly bytes: Buffer;
  readonly digest: string;
}

/** Answers a request itself and returns true, or leaves it to the registry. */
export type Behaviour = (
  asked: Asked,
  response: ServerResponse,
  stored: Stored | undefined,
) => boolean | Promise<boolean>;

/** A registry in the process, which remembers what it was asked and misbehaves as told. */
export class TestRegistry implements AsyncDisposable {
  readonly asked: Asked[] = [];
  readonly #objects = new Map<string, Stored>();
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  behaviour: Behaviour | undefined;

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket)).on("error", () => {});
    });
  }

  static async start(): Promise<TestRegistry> {
    const registry = new TestRegistry();
    registry.#server.listen(0, "127.0.0.1");
    await new Promise((resolve) => registry.#server.once("listening", resolve));
    return registry;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Keeps an image in a repository under a tag; returns the reference. */
  put(image: TestImage, repository = "app", tag = "1"): string {
    const put = (
      kind: string,
      object: string,
      type: string,
      { bytes, descriptor }: (typeof image.blobs)[0],
    ) => this.#objects.set(`/v2/${repository}/${kind}/${object}`, { type, bytes, digest: descriptor.digest });
    for (const blob of image.blobs) put("blobs", blob.descriptor.digest, "application/octet-stream", blob);
    for (const manifest of image.manifests) {
      const { digest, mediaType } = manifest.descriptor;
      put("manifests", digest, mediaType, manifest);
      if (digest === image.top.digest) put("manifests", tag, mediaType, manifest);
    }
    return `${this.host}/${repository}:${tag}`;
  }

  /** What was asked since the last time, as `GET blobs/sha256:…`. */
  take(): string[] {
    return this.asked.splice(0).map(({ method, path }) => `${method} ${path.replace(/^\/v2\/[^/]+\//, "")}`);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on("error", () => {});
    const { method = "", url: path = "", headers } = request;
    const asked = { method, path, headers };
    this.asked.push(asked);
    const stored = this.#objects.get(path);
    if ((await this.behaviour?.(asked, response, stored)) === true) return;
    if (stored === undefined) respondError(response, 404, "MANIFEST_UNKNOWN", "manifest unknown");
    else respond(asked, response, stored);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** The well-behaved answer, with ranges. */
export function respond({ method, headers }: Asked, response: ServerResponse, stored: Stored): void {
  const { bytes, type, digest } = stored;
  const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0);
  response.writeHead(from > 0 ? 206 : 200, {
    "content-type": type,
    "docker-content-digest": digest,
    "content-length": bytes.length - from,
    ...(from > 0 && { "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
  });
  response.end(method === "HEAD" ? undefined : bytes.subarray(from));
}

export function respondError(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, { "content-type": "application/json", "retry-after": "0" });
  response.end(JSON.stringify({ errors: [{ code, message }] }));
}

/** Sends the first half of what is asked for, and breaks the connection. */
export function respondHalf({ headers }: Asked, response: ServerResponse, { bytes, type }: Stored): true {
  const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0);
  response.writeHead(from > 0 ? 206 : 200, {
    "content-type": type,
    "content-length": bytes.length - from,
    ...(from > 0 && { "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
  });
  response.write(bytes.subarray(from, from + Math.floor((bytes.length - from) / 2)), () => {
    setTimeout(() => response.destroy(), 20);
  });
  return true;
}
