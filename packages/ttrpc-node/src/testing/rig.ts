/** A server on a socket of its own and a client connected to it, for one test. */

import { mkdtemp, rm } from "node:fs/promises";
import { createConnection, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  connect,
  encodeFrame,
  FrameDecoder,
  Server,
  type Connection,
  type Frame,
  type ServerOptions,
} from "ttrpc-node";
import { Echo } from "./echo.ts";

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "ttrpc-node-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

export interface Rig extends AsyncDisposable {
  readonly path: string;
  readonly server: Server;
  readonly connection: Connection;
}

/** Serves what `configure` adds, the Echo service when nothing else is asked for. */
export async function startRig(
  configure: (server: Server) => unknown = serveEcho,
  options?: ServerOptions,
): Promise<Rig> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder());
  const path = join(folder.path, "s");
  const server = stack.use(new Server(options));
  configure(server);
  await server.listen(path);
  const connection = stack.use(await connect(path));
  const owned = stack.move();
  return { path, server, connection, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

export function serveEcho(server: Server): Server {
  return server.addService(Echo, {
    say: ({ value }) => ({ value }),
    async *count({ value }) {
      for (let i = 1; i <= Number(value); i++) yield { value: String(i) };
    },
    async join(requests) {
      const values: string[] = [];
      for await (const { value } of requests) values.push(value);
      return { value: values.join(",") };
    },
    async *chat(requests) {
      for await (const { value } of requests) yield { value: value.toUpperCase() };
    },
  });
}

/** A peer that speaks in frames, or in worse. */
export class RawPeer implements Disposable {
  readonly socket: Socket;
  readonly #decoder = new FrameDecoder();
  readonly #frames: Frame[] = [];
  readonly #waiting: ((frame: Frame | undefined) => void)[] = [];

  constructor(path: string) {
    this.socket = createConnection({ path });
    this.socket.on("error", () => {});
    this.socket.on("data", (chunk: Uint8Array) => {
      for (const frame of this.#decoder.push(chunk)) this.#receive(frame as Frame);
    });
    this.socket.on("close", () => {
      for (const waiting of this.#waiting.splice(0)) waiting(undefined);
    });
  }

  send(frame: Frame): void {
    this.socket.write(encodeFrame(frame));
  }

  write(hex: string): void {
    this.socket.write(Buffer.from(hex.replace(/\s/g, ""), "hex"));
  }

  /** The next frame, or undefined when the connection is closed before. */
  next(): Promise<Frame | undefined> {
    const frame = this.#frames.shift();
    if (frame || this.socket.destroyed) return Promise.resolve(frame);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  #receive(frame: Frame): void {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(frame);
    else this.#frames.push(frame);
  }
}
