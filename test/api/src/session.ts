import type { DescMethod, Message } from "@bufbuild/protobuf";
import { toStatus } from "@davit/errdefs";
import { createClient, type ClientCallOptions, type ResponseStream } from "@davit/grpc/client";
import { join } from "node:path";
import type { Call, Given } from "./case.ts";
import { plainMessage, type Plain } from "./plain.ts";
import { RequestQueue } from "./request-queue.ts";
import type { Side } from "./side.ts";

const TIMEOUT_MS = 30_000;

/** What came of a call. */
export interface Answer {
  /** The gRPC status code; 0 when it went well. */
  readonly code: number;
  readonly message: string;
  readonly responses: readonly Plain[];
}

/** A scenario being played on one side. */
export class Session {
  readonly side: Side;
  readonly namespace: string;
  /** Responses kept by `save`. */
  readonly saved: Map<string, Message> = new Map();

  constructor(side: Side, namespace: string) {
    this.side = side;
    this.namespace = namespace;
  }

  /** A path in the daemon's private directory. */
  path(...names: string[]): string {
    return join(this.side.daemon.directory, ...names);
  }

  /** The response that was kept under a name. */
  response<T extends Message>(name: string): T {
    const message = this.saved.get(name);
    if (message === undefined) throw new Error(`no response was saved as ${name}`);
    return message as T;
  }

  /** Makes a call. What fails is an answer too. */
  async call(call: Call): Promise<Answer> {
    const responses: Message[] = [];
    let status: { code: number; message: string } = { code: 0, message: "" };
    try {
      await this.#run(call, responses);
    } catch (err) {
      status = toStatus(err);
    }
    const [first] = responses;
    if (call.save !== undefined && first !== undefined) this.saved.set(call.save, first);
    const plain = responses.map((message) => plainMessage(call.method.output, message));
    return {
      code: status.code,
      message: status.message,
      responses: call.unordered === true ? plain.map(sorted) : plain,
    };
  }

  /** As `call`, for steps that need the call to go well. @throws Error otherwise. */
  async must(call: Call): Promise<void> {
    const { code, message } = await this.call(call);
    if (code !== 0) throw new Error(`${call.method.name}: ${message} (code ${code})`);
  }

  /** Starts a streaming call that the caller reads. */
  stream(call: Call, requests?: AsyncIterable<object>, signal?: AbortSignal): ResponseStream<Message> {
    const method = this.#method(call.method);
    const given = requests ?? this.#given(call.requests[0] ?? {});
    return method(given, { ...this.options(call), signal }) as ResponseStream<Message>;
  }

  /** The headers and the deadline of a call. */
  options({ namespace = this.namespace, lease, metadata }: Call): ClientCallOptions {
    return {
      namespace,
      timeoutMs: TIMEOUT_MS,
      ...(lease === undefined ? {} : { lease }),
      ...(metadata === undefined ? {} : { metadata }),
    };
  }

  async #run(call: Call, responses: Message[]): Promise<void> {
    const { methodKind } = call.method;
    if (methodKind === "unary") {
      const method = this.#method(call.method);
      responses.push((await method(this.#given(call.requests[0] ?? {}), this.options(call))) as Message);
    } else if (methodKind === "server_streaming") {
      for await (const message of this.stream(call)) responses.push(message);
    } else {
      await this.#converse(call, responses);
    }
  }

  /** Sends each message when the one before was answered; then half-closes, and reads what comes. */
  async #converse(call: Call, responses: Message[]): Promise<void> {
    const queue = new RequestQueue<object>();
    await using answers = this.stream(call, queue);
    for (const request of call.requests) {
      queue.push(this.#given(request));
      const { done, value } = await answers.next();
      if (done === true) return;
      responses.push(value);
    }
    queue.end();
    for await (const message of answers) responses.push(message);
  }

  #method(method: DescMethod): (request: unknown, options: ClientCallOptions) => unknown {
    const client = createClient(method.parent, this.side.channel) as Readonly<Record<string, unknown>>;
    return client[method.localName] as (request: unknown, options: ClientCallOptions) => unknown;
  }

  #given<T>(given: Given<T>): T {
    return typeof given === "function" ? (given as (session: Session) => T)(this) : given;
  }
}

/** Sorts the lists that are fields of a response. */
function sorted(response: Plain): Plain {
  if (typeof response !== "object" || response === null || Array.isArray(response)) return response;
  const entries = Object.entries(response).map(([name, value]): [string, Plain] => [
    name,
    Array.isArray(value) ? value.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : value,
  ]);
  return Object.fromEntries(entries);
}
