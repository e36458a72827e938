import { createServer, type Server as Listener, type Socket } from "node:net";
import type { DescService } from "@bufbuild/protobuf";
import { Code } from "./code.ts";
import { statusOf, TtrpcError, type Status } from "./error.ts";
import type { RawHandler, RawService } from "./handler.ts";
import { admit, type PeerOptions } from "./peer.ts";
import { ServerConnection } from "./server-connection.ts";
import { rawService, type ServiceImpl } from "./service.ts";

export interface ServerOptions extends PeerOptions {
  /** The status for what a handler threw. Default: its own when it is a TtrpcError, else by its name, else Unknown. */
  readonly toStatus?: (error: unknown) => Status;
  /** Told what concerns no call: a peer that was turned away, a listener that failed. Default: nobody is. */
  readonly onError?: (error: Error) => void;
}

/** How long to wait for calls in progress. */
export interface ShutdownOptions {
  /** After this, what still runs is aborted. Default: never. */
  readonly timeoutMs?: number;
}

/** A ttrpc server: services, on any number of listeners or sockets. */
export class Server implements AsyncDisposable {
  readonly #options: ServerOptions;
  readonly #services = new Map<string, ReadonlyMap<string, RawHandler>>();
  readonly #listeners = new Set<Listener>();
  readonly #connections = new Set<ServerConnection>();
  readonly #sockets = new Set<Socket>();
  #stopped = false;

  constructor(options: ServerOptions = {}) {
    this.#options = options;
  }

  /**
   * Serves a service by its descriptor, which protobuf-es generated.
   *
   * @throws Error when a service of that name is served already.
   */
  addService<S extends DescService>(service: S, impl: ServiceImpl<S>): this {
    return this.addRawService(service.typeName, rawService(service, impl));
  }

  /** Serves a service by its full name, with methods that take and give bytes. Throws as `addService`. */
  addRawService(name: string, methods: RawService): this {
    if (this.#services.has(name)) throw new Error(`ttrpc: duplicate service ${name}`);
    this.#services.set(name, new Map(Object.entries(methods)));
    return this;
  }

  /**
   * Listens on a unix socket. It neither removes a stale socket file nor changes the mode of the new one.
   *
   * @throws the socket's error, as EADDRINUSE.
   */
  async listen(path: string): Promise<void> {
    const listener = createServer();
    await new Promise<void>((resolve, reject) => {
      listener.once("error", reject);
      listener.listen({ path }, () => {
        listener.off("error", reject);
        resolve();
      });
    });
    this.serve(listener);
  }

  /** Serves the connections of a listener, for instance one on an inherited descriptor. It is closed with the server. */
  serve(listener: Listener): void {
    this.#listeners.add(listener);
    listener.on("connection", (socket) => this.accept(socket));
    listener.on("error", (error) => this.#options.onError?.(error)); // no descriptors left: accepting goes on later
    if (this.#stopped) listener.close();
  }

  /** Serves one connected socket, once its peer is admitted. */
  accept(socket: Socket): void {
    socket.on("error", () => {}); // of a peer that leaves before it is served
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    admit(socket, this.#options).then(
      (peer) => this.#connect(socket, peer),
      (error: unknown) => {
        socket.destroy();
        this.#options.onError?.(error instanceof Error ? error : new Error(String(error)));
      },
    );
  }

  /** Accepts nothing more, closes every connection when no call is in progress on it, and resolves when all are closed. */
  async shutdown({ timeoutMs }: ShutdownOptions = {}): Promise<void> {
    this.#stop();
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => this.#destroy(), timeoutMs);
    for (const connection of this.#connections) connection.drain();
    await this.#allClosed();
    clearTimeout(timer);
  }

  /** Closes everything now; handlers are aborted, clients see `ttrpc: closed`. */
  async close(): Promise<void> {
    this.#stop();
    this.#destroy();
    await this.#allClosed();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #connect(socket: Socket, peer: Awaited<ReturnType<typeof admit>>): void {
    if (this.#stopped || socket.destroyed) {
      socket.destroy();
      return;
    }
    const connection = new ServerConnection(socket, {
      peer,
      find: (service, method) => this.#find(service, method),
      toStatus: (error) => (this.#options.toStatus ?? statusOf)(error),
    });
    this.#connections.add(connection);
    void connection.closed.then(() => this.#connections.delete(connection));
  }

  #find(service: string, method: string): RawHandler {
    const methods = this.#services.get(service);
    if (!methods) throw new TtrpcError(Code.Unimplemented, `service ${service}`);
    const handler = methods.get(method);
    if (!handler) throw new TtrpcError(Code.Unimplemented, `method ${method}`);
    return handler;
  }

  #stop(): void {
    this.#stopped = true;
    for (const listener of this.#listeners) listener.close();
    this.#listeners.clear();
  }

  #destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async #allClosed(): Promise<void> {
    await Promise.all([...this.#connections].map((connection) => connection.closed));
  }
}
