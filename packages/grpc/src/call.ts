import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { fromBinary, type DescMessage, type Message } from "@bufbuild/protobuf";
import { CanceledError, DeadlineExceededError, InternalError, toStatus, type Status } from "@davit/errdefs";
import type { CallOptions } from "@davit/namespaces";
import { encode, isEncoded } from "./encode.ts";
import type { Call, Interceptor } from "./interceptor.ts";
import { callOptions } from "./metadata.ts";
import { RequestReader } from "./request-reader.ts";
import { ResponseWriter } from "./response-writer.ts";
import type { Route } from "./routes.ts";
import { OK } from "./status.ts";
import { startTimer } from "./timer.ts";

/** One for all calls: an error of its own for each would cost a stack trace. */
const ENDED = new CanceledError("the call has ended");

/** Limits of the messages of a call, in bytes. */
export interface MessageLimits {
  readonly maxReceiveMessageSize: number;
  readonly maxSendMessageSize: number;
}

/** What a call is made of. */
export interface ServerCallInit {
  readonly stream: ServerHttp2Stream;
  readonly route: Route;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly timeoutMs: number | undefined;
  readonly limits: MessageLimits;
}

/** One call, from its headers to its status. What ends it early (deadline, cancellation, a bad request) wins over the handler. */
export class ServerCall implements Call {
  readonly service: string;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly options: CallOptions & { readonly signal: AbortSignal };
  readonly deadlineMs: number | undefined;
  readonly #route: Route;
  readonly #reader: RequestReader;
  readonly #writer: ResponseWriter;
  readonly #abort = new AbortController();
  readonly #early = Promise.withResolvers<Status>();
  #response: Uint8Array[] | undefined;

  constructor({ stream, route, headers, rawHeaders, timeoutMs, limits }: ServerCallInit) {
    this.service = route.service;
    this.method = route.method.name;
    this.headers = headers;
    this.options = callOptions(headers, rawHeaders, this.#abort.signal);
    this.deadlineMs = timeoutMs === undefined ? undefined : Date.now() + timeoutMs;
    this.#route = route;
    this.#reader = new RequestReader(stream, {
      limit: limits.maxReceiveMessageSize,
      encoding: headers["grpc-encoding"] as string | undefined,
      onError: (error) => this.end(error),
    });
    this.#writer = new ResponseWriter(stream, limits.maxSendMessageSize);
    const gone = (): void => {
      // Every stream closes, most of them after their call: an error is made only where it is needed.
      if (!this.#abort.signal.aborted) this.end(new CanceledError("the client has gone"));
    };
    stream.once("aborted", gone);
    stream.once("close", gone);
  }

  /** Runs the handler inside the interceptors, and answers. Resolves when the handler has returned, too; never rejects. */
  async run(interceptors: readonly Interceptor[]): Promise<void> {
    const stopTimer =
      this.deadlineMs === undefined
        ? undefined
        : startTimer(this.deadlineMs - Date.now(), () => this.end(new DeadlineExceededError("")));
    let handled: Promise<Status> | undefined;
    const handle = (): Promise<Status> => {
      handled ??= this.#handle();
      return Promise.race([this.#early.promise, handled]);
    };
    const chain = interceptors.reduceRight<() => Promise<Status>>(
      (next, interceptor) => () => intercept(interceptor, this, next),
      handle,
    );
    const status = await chain();
    stopTimer?.();
    const early = this.options.signal.aborted;
    this.#writer.finish(status, { last: status.code === 0 ? this.#response : undefined, cut: early });
    // As in Go: what the call has started and not awaited ends with it.
    this.end(ENDED);
    await handled;
  }

  /** Ends the call with an error, unless it has ended: its signal is aborted, the client gets the status. */
  end(error: Error): void {
    if (this.#abort.signal.aborted) return;
    this.#early.resolve(toStatus(error));
    this.#abort.abort(error);
    this.#reader.stop(error);
  }

  async #handle(): Promise<Status> {
    try {
      await this.#dispatch();
      return OK;
    } catch (err) {
      return toStatus(err);
    }
  }

  async #dispatch(): Promise<void> {
    const { method, handler } = this.#route;
    const request =
      method.methodKind === "unary" || method.methodKind === "server_streaming"
        ? decode(method.input, await this.#reader.only())
        : this.#requests();
    const answer = handler(request, this.options);
    if (method.methodKind === "unary" || method.methodKind === "client_streaming") {
      const pieces = await this.#encode(await answer);
      this.#writer.check(pieces);
      this.#response = pieces;
    } else for await (const message of answer as AsyncIterable<unknown>) await this.#send(message);
  }

  async #send(message: unknown): Promise<void> {
    this.options.signal.throwIfAborted();
    if (isEncoded(message)) await this.#writer.write([message.encoded], true);
    else await this.#writer.write(await this.#encode(message), false);
    this.options.signal.throwIfAborted();
  }

  #encode(message: unknown): Uint8Array[] | Promise<Uint8Array[]> {
    return isEncoded(message) ? [message.encoded] : encode(this.#route.method.output, message);
  }

  async *#requests(): AsyncGenerator<Message> {
    for (;;) {
      const message = await this.#reader.next();
      if (message === undefined) return;
      yield decode(this.#route.method.input, message);
    }
  }
}

async function intercept(interceptor: Interceptor, call: Call, next: () => Promise<Status>): Promise<Status> {
  try {
    return await interceptor(call, next);
  } catch (err) {
    return toStatus(err);
  }
}

function decode(desc: DescMessage, bytes: Uint8Array): Message {
  try {
    return fromBinary(desc, bytes);
  } catch (cause) {
    throw new InternalError(`grpc: error unmarshalling request: ${(cause as Error).message}`, { bare: true });
  }
}
