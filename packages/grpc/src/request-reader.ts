import type { ServerHttp2Stream } from "node:http2";
import { CanceledError, InternalError } from "@davit/errdefs";
import { FrameReader, type Frame } from "./frames.ts";
import { inflate } from "./inflate.ts";

/** Requests waiting for the handler beyond this many bytes stop the client (by flow control). */
const QUEUE_BYTES = 256 * 1024;
/** What a waiting message counts beside its bytes, so that many empty ones are bounded too. */
const FRAME_COST = 128;

/** How a reader is made. */
export interface RequestReaderOptions {
  /** Largest message in bytes, before and after inflating. */
  readonly limit: number;
  /** The `grpc-encoding` of the request. */
  readonly encoding: string | undefined;
  /** Called once when the request breaks the protocol or a limit. */
  readonly onError: (error: Error) => void;
}

/** Reads the messages of a request, asked for one by one. */
export class RequestReader {
  readonly #stream: ServerHttp2Stream;
  readonly #options: RequestReaderOptions;
  readonly #frames: FrameReader;
  #queue: Frame[] = [];
  #queueCost = 0;
  #ended = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(stream: ServerHttp2Stream, options: RequestReaderOptions) {
    this.#stream = stream;
    this.#options = options;
    this.#frames = new FrameReader(options.limit);
    stream.on("data", (chunk: Buffer) => this.#receive(chunk));
    stream.on("end", () => this.#end());
  }

  /**
   * The next message; undefined after the last.
   * @throws CanceledError when the client has gone, otherwise what was wrong with the request.
   */
  async next(): Promise<Uint8Array | undefined> {
    while (this.#queue.length === 0 && !this.#ended && this.#error === undefined)
      await new Promise<void>((resolve) => (this.#wake = resolve));
    if (this.#error !== undefined) throw this.#error;
    const frame = this.#queue.shift();
    if (frame === undefined) return undefined;
    this.#queueCost -= frame.data.length + FRAME_COST;
    if (this.#queueCost < QUEUE_BYTES) this.#stream.resume();
    return this.#inflated(frame);
  }

  /** The message of a call that has exactly one. @throws InternalError when there are none or several. */
  async only(): Promise<Uint8Array> {
    const message = await this.next();
    if (message === undefined)
      throw new InternalError("grpc: the request has no message, and needs one", { bare: true });
    // Only at the end is it sure that there is no second, and that the client has not given up half-way.
    if ((await this.next()) !== undefined)
      throw new InternalError("grpc: the request has more than one message", { bare: true });
    return message;
  }

  /** Ends reading: `next()` throws `error`, and what else comes is thrown away, lest the client wait for room. */
  stop(error: Error): void {
    this.#error ??= error;
    this.#queue = [];
    this.#stream.resume();
    this.#wake?.();
  }

  async #inflated(frame: Frame): Promise<Uint8Array> {
    try {
      return await inflate(frame, this.#options.encoding, this.#options.limit);
    } catch (err) {
      this.#fail(err as Error);
      throw err;
    }
  }

  #receive(chunk: Buffer): void {
    if (this.#error !== undefined) return;
    try {
      for (const frame of this.#frames.push(chunk)) {
        this.#queue.push(frame);
        this.#queueCost += frame.data.length + FRAME_COST;
      }
    } catch (err) {
      this.#fail(err as Error);
    }
    if (this.#queueCost >= QUEUE_BYTES) this.#stream.pause();
    this.#wake?.();
  }

  #end(): void {
    // A reset may show as an end before it shows as anything else.
    if (this.#stream.aborted || this.#stream.rstCode !== 0)
      this.stop(new CanceledError("the client has gone"));
    else if (!this.#frames.whole)
      this.#fail(new InternalError("grpc: unexpected EOF inside a message", { bare: true }));
    this.#ended = true;
    this.#wake?.();
  }

  #fail(error: Error): void {
    if (this.#error !== undefined) return;
    this.stop(error);
    this.#options.onError(error);
  }
}
