import type { Duplex } from "node:stream";
import { Channel } from "./channel.ts";
import { ClientStream, type Answers } from "./client-stream.ts";
import { Code } from "./code.ts";
import { closedError, TtrpcError } from "./error.ts";
import { Flag, FrameType } from "./frame.ts";
import { metadataPairs, type MetadataInit } from "./metadata.ts";
import { encodeRequest } from "./messages.ts";
import { startTimer } from "./timer.ts";
import { Unread } from "./unread.ts";

/** What a caller may say about one call. */
export interface CallOptions {
  /** Gives the call up. The call then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** How long the call may take. The server is told; here it ends as DeadlineExceeded. */
  readonly timeoutMs?: number | undefined;
  readonly metadata?: MetadataInit | undefined;
}

/** Which way a call streams. Without `request` the client streams, and sends its messages afterwards. */
export interface StreamOptions extends CallOptions {
  readonly request?: Uint8Array;
  readonly answers: Answers;
}

const STREAM_ID_MAX = 0xffff_ffff;
const empty = new Uint8Array();

/**
 * The client's end of a ttrpc connection: any number of calls at a time, in bytes. `createClient` makes typed ones of it.
 * It owns the socket.
 */
export class Connection implements AsyncDisposable {
  readonly #channel: Channel;
  readonly #unread: Unread;
  readonly #streams = new Map<number, ClientStream>();
  readonly #closing = Promise.withResolvers<void>();
  #nextId = 1;
  #closed: TtrpcError | undefined;

  /** @param socket connected, or about to be: what is sent waits for it. */
  constructor(socket: Duplex) {
    this.#channel = new Channel(socket, {
      onFrame: (frame) => this.#streams.get(frame.streamId)?.receive(frame),
      onOversize: (frame) => this.#streams.get(frame.streamId)?.receive(frame),
      onClose: (error) => this.#onClose(error),
    });
    this.#unread = new Unread(this.#channel);
  }

  /** Resolves when the connection is closed, by whom and why ever. */
  get closed(): Promise<void> {
    return this.#closing.promise;
  }

  /** Whether the connection is known to be closed. */
  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  /** Calls `listener` when the connection is closed, soon if it is. */
  onClose(listener: () => void): void {
    void this.#closing.promise.then(listener);
  }

  /**
   * Calls a unary method.
   *
   * @throws TtrpcError with the server's status; DeadlineExceeded; `ttrpc: closed`; or the signal's reason.
   */
  async call(
    service: string,
    method: string,
    request: Uint8Array,
    options: CallOptions = {},
  ): Promise<Uint8Array> {
    return await this.#open(service, method, 0, { ...options, request, answers: "one" }).response();
  }

  /** Calls a streaming method. Errors as of `call`, when the stream is read. */
  stream(service: string, method: string, options: StreamOptions): ClientStream {
    const flags = options.request ? Flag.RemoteClosed : Flag.RemoteOpen;
    return this.#open(service, method, flags, options);
  }

  /** Closes the connection; all calls fail with `ttrpc: closed`. */
  close(): void {
    this.#channel.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.closed;
  }

  #open(service: string, method: string, flags: number, options: StreamOptions): ClientStream {
    const id = this.#nextId;
    const stream = new ClientStream(id, this.#channel, {
      unread: this.#unread,
      answers: options.answers,
      sending: flags === Flag.RemoteOpen,
      onEnd: () => this.#streams.delete(id),
    });
    const refusal = this.#refusal(options);
    if (refusal !== undefined) {
      stream.abandon(refusal);
      return stream;
    }
    const data = encodeRequest({
      service,
      method,
      payload: options.request ?? empty,
      timeoutNano: nanoseconds(options.timeoutMs),
      metadata: metadataPairs(options.metadata),
    });
    try {
      this.#channel.send({ streamId: id, type: FrameType.Request, flags, data });
    } catch (error) {
      stream.abandon(error);
      return stream;
    }
    this.#nextId += 2;
    this.#streams.set(id, stream);
    limit(stream, options);
    return stream;
  }

  /** Why a call cannot even begin. */
  #refusal({ signal, timeoutMs }: CallOptions): unknown {
    if (signal?.aborted) return signal.reason;
    if (timeoutMs !== undefined && timeoutMs <= 0) return deadlineExceeded();
    if (this.#closed) return closedError(this.#closed.cause as Error | undefined);
    return this.#nextId > STREAM_ID_MAX
      ? new TtrpcError(Code.ResourceExhausted, "ttrpc: the stream ids of the connection are used up")
      : undefined;
  }

  #onClose(cause: Error | undefined): void {
    this.#closed = closedError(cause);
    for (const stream of this.#streams.values()) stream.close(closedError(cause));
    this.#closing.resolve();
  }
}

/** Cancels the stream at its deadline, or when its caller gives up. */
function limit(stream: ClientStream, { signal, timeoutMs }: CallOptions): void {
  if (timeoutMs !== undefined) stream.onEnd(startTimer(timeoutMs, () => stream.cancel(deadlineExceeded())));
  if (!signal) return;
  const onAbort = (): void => stream.cancel(signal.reason);
  signal.addEventListener("abort", onAbort);
  stream.onEnd(() => signal.removeEventListener("abort", onAbort));
}

/** As the wire has it: an int64, 0 for none. */
function nanoseconds(timeoutMs: number | undefined): bigint {
  if (timeoutMs === undefined || !Number.isFinite(timeoutMs)) return 0n;
  return BigInt(Math.ceil(Math.min(timeoutMs * 1e6, Number.MAX_SAFE_INTEGER)));
}

function deadlineExceeded(): TtrpcError {
  return new TtrpcError(Code.DeadlineExceeded, "context deadline exceeded");
}
