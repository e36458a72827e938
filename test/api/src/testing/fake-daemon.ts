import { create } from "@bufbuild/protobuf";
import { timestampNow } from "@bufbuild/protobuf/wkt";
import { Events } from "@davit/api/services/events";
import { Namespaces } from "@davit/api/services/namespaces";
import { EnvelopeSchema, type Envelope } from "@davit/api/types";
import { AlreadyExistsError, DavitError, NotFoundError, type ErrorKind } from "@davit/errdefs";
import { GrpcServer, implement, serverStream, unary } from "@davit/grpc";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Daemon } from "../side.ts";

/** What a fake daemon does wrong. */
export interface Fault {
  /** The kind of the error of a second creation. */
  readonly code?: ErrorKind;
  /** Its text. */
  readonly text?: string;
  readonly withoutLabel?: string;
  readonly reversed?: boolean;
  readonly oneMore?: string;
  /** The topic of events that are not told. */
  readonly silent?: string;
  readonly eventType?: string;
  readonly timeless?: boolean;
  /** A namespace at whose look-up it ends. */
  readonly diesAt?: string;
}

/** Two services of a daemon, as far as a comparison needs them. `b` always exists. */
export class FakeDaemon implements Daemon, AsyncDisposable {
  readonly address: string;
  readonly directory: string;
  readonly namespace = "fake";
  readonly #fault: Fault;
  readonly #server: GrpcServer;
  readonly #subscribers = new Set<(event: Envelope) => void>();
  readonly #all = new Map<string, Record<string, string>>([["b", {}]]);

  private constructor(fault: Fault) {
    this.directory = mkdtempSync(join(tmpdir(), "davit-fake-"));
    this.address = join(this.directory, "f.sock");
    this.#fault = fault;
    this.#server = new GrpcServer({ services: [this.#namespaces(), this.#events()] });
  }

  static async start(fault: Fault = {}): Promise<FakeDaemon> {
    const daemon = new FakeDaemon(fault);
    await daemon.#server.listen({ path: daemon.address });
    return daemon;
  }

  log(): string {
    return "last words";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop({ timeoutMs: 0 });
    rmSync(this.directory, { recursive: true, force: true });
  }

  #namespaces(): ReturnType<typeof implement<typeof Namespaces>> {
    const { code = "AlreadyExists", text, reversed, oneMore, diesAt } = this.#fault;
    const missing = (): never => {
      throw new NotFoundError("not in this fake");
    };
    return implement(Namespaces, {
      create: unary(async ({ namespace }) => {
        const { name = "", labels = {} } = namespace ?? {};
        if (this.#all.has(name)) throw new DavitError(code, text ?? `namespace ${name}`);
        this.#all.set(name, labels);
        this.#publish("/namespaces/create", name);
        return { namespace: { name, labels } };
      }),
      get: unary(async ({ name }) => {
        if (name === diesAt) await this.#server.stop({ timeoutMs: 0 });
        const labels = this.#all.get(name);
        if (labels === undefined) throw new NotFoundError(`namespace ${name}`);
        return { namespace: { name, labels: this.#shown(labels) } };
      }),
      list: unary(async () => {
        const names = [...this.#all.keys(), ...(oneMore === undefined ? [] : [oneMore])].toSorted();
        if (reversed === true) names.reverse();
        return { namespaces: names.map((name) => ({ name })) };
      }),
      delete: unary(async ({ name }) => {
        this.#all.delete(name);
        this.#publish("/namespaces/delete", name);
        return {};
      }),
      update: unary(missing),
    });
  }

  #shown(labels: Readonly<Record<string, string>>): Record<string, string> {
    return Object.fromEntries(Object.entries(labels).filter(([key]) => key !== this.#fault.withoutLabel));
  }

  #events(): ReturnType<typeof implement<typeof Events>> {
    return implement(Events, {
      publish: unary(async ({ topic, event }, { namespace }) => {
        if (topic === "") throw new AlreadyExistsError("topic");
        this.#tell(create(EnvelopeSchema, { namespace, topic, ...(event && { event }) }));
        return {};
      }),
      forward: unary(async () => ({})),
      subscribe: serverStream((_request, { signal }) => this.#subscribe(signal)),
    });
  }

  async *#subscribe(signal: AbortSignal | undefined): AsyncGenerator<Envelope> {
    const queue: Envelope[] = [];
    let wake = (): void => undefined;
    const push = (event: Envelope): void => {
      queue.push(event);
      wake();
    };
    this.#subscribers.add(push);
    signal?.addEventListener("abort", () => wake());
    for (;;) {
      const event = queue.shift();
      if (event !== undefined) yield event;
      else if (signal?.aborted === true) break;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
    this.#subscribers.delete(push);
  }

  #publish(topic: string, name: string): void {
    const { silent, timeless, eventType = "davit.test.Event" } = this.#fault;
    if (topic === silent) return;
    this.#tell(
      create(EnvelopeSchema, {
        ...(timeless === true ? {} : { timestamp: timestampNow() }),
        namespace: "compared",
        topic,
        event: { typeUrl: eventType, value: Buffer.from(name) },
      }),
    );
  }

  #tell(event: Envelope): void {
    for (const subscriber of this.#subscribers) subscriber(event);
  }
}
