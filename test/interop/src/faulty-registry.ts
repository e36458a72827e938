import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { TestImage } from "@davit/test-support";

/** What a registry may do wrong. */
export type Fault =
  | { readonly kind: "status"; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** Half of the body, and then the connection is cut. */
  | { readonly kind: "half" }
  /** A whole body of another length than the descriptor says. */
  | { readonly kind: "length" }
  /** A body of the right length, but not the one with that digest. */
  | { readonly kind: "digest" }
  /** Redirects to itself, for ever. */
  | { readonly kind: "loop" };

/** Where it does so. */
export type Place = "tag" | "manifest" | "config" | "layer";

/** A registry of one image on loopback, `<host>/image:1`, that can be told to fail. */
export class FaultyRegistry implements AsyncDisposable {
  readonly #server: Server;
  readonly #image: TestImage;
  #fault: { readonly fault: Fault; readonly at: Place } | undefined;

  private constructor(image: TestImage) {
    this.#image = image;
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  static async start(image: TestImage): Promise<FaultyRegistry> {
    const registry = new FaultyRegistry(image);
    await new Promise<void>((listening) => registry.#server.listen(0, "127.0.0.1", listening));
    return registry;
  }

  /** What to pull. */
  get reference(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the registry does not listen");
    return `127.0.0.1:${address.port}/image:1`;
  }

  /** From now on it fails there. */
  fails(fault: Fault, at: Place): void {
    this.#fault = { fault, at };
  }

  /** From now on all is in order. */
  recovers(): void {
    this.#fault = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const [, name] = /^\/v2\/image\/(?:manifests|blobs)\/([^?]+)/.exec(request.url ?? "") ?? [];
    if (name === undefined) return void response.writeHead(request.url === "/v2/" ? 200 : 404).end();
    const digest = name === "1" ? this.#image.target.digest : name;
    const body = this.#image.blobs.get(digest);
    if (body === undefined) return void response.writeHead(404).end();
    if (this.#fault?.at === this.#placeOf(name))
      return this.#fail(this.#fault.fault, { request, response, body });
    this.#send(request, response, body, digest);
  }

  #placeOf(name: string): Place {
    const { target, manifests, layers } = this.#image;
    if (name === "1") return "tag";
    if ([target, ...manifests].some(({ digest }) => digest === name)) return "manifest";
    return layers.some(({ digest }) => digest === name) ? "layer" : "config";
  }

  #send(request: IncomingMessage, response: ServerResponse, body: Uint8Array, digest: string): void {
    const { target, manifests } = this.#image;
    const type = [target, ...manifests].find((one) => one.digest === digest)?.mediaType;
    response.writeHead(200, {
      "content-type": type ?? "application/octet-stream",
      "content-length": body.length,
      "docker-content-digest": digest,
    });
    response.end(request.method === "HEAD" ? undefined : body);
  }

  #fail(
    fault: Fault,
    { request, response, body }: { request: IncomingMessage; response: ServerResponse; body: Uint8Array },
  ): void {
    if (fault.kind === "status") return void response.writeHead(fault.status, fault.headers).end("refused\n");
    if (fault.kind === "loop") return void response.writeHead(307, { location: request.url }).end();
    if (fault.kind === "half") {
      response.writeHead(200, { "content-length": body.length });
      Readable.from([body.subarray(0, body.length / 2)]).pipe(response, { end: false });
      return void setTimeout(() => response.destroy(), 50);
    }
    const wrong = fault.kind === "length" ? Buffer.concat([body, Buffer.alloc(1)]) : Buffer.from(body);
    if (fault.kind === "digest") wrong[wrong.length >> 1] = (wrong[wrong.length >> 1] ?? 0) ^ 1;
    response.writeHead(200, { "content-length": wrong.length }).end(wrong);
  }
}
