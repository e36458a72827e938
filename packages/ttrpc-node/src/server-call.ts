import type { Channel } from "./channel.ts";
import { Code } from "./code.ts";
import { oversizeError, statusOf, TtrpcError, type Status } from "./error.ts";
import { Flag, FrameType, MESSAGE_SIZE_MAX, type Frame } from "./frame.ts";
import type { HandlerContext, RawHandler } from "./handler.ts";
import { MessageQueue } from "./message-queue.ts";
import { encodeResponse, type Response } from "./messages.ts";
import type { Unread } from "./unread.ts";

const empty = new Uint8Array();

/** Sends a Response frame, or that it would be too large. */
export function sendResponse(channel: Channel, streamId: number, response: Response): void {
  let data = encodeResponse(response);
  if (data.length > MESSAGE_SIZE_MAX)
    data = encodeResponse({ status: oversizeError(data.length, MESSAGE_SIZE_MAX), payload: empty });
  channel.send({ streamId, type: FrameType.Response, flags: 0, data });
}

/** A call that a server is working on. */
export class ServerCall {
  readonly #streamId: number;
  readonly #channel: Channel;
  readonly #unread: Unread;
  readonly #abort = new AbortController();
  readonly #requests: MessageQueue;
  readonly #onEnd: (() => void)[] = [];
  #receiving: boolean;
  #answered = false;

  constructor(streamId: number, channel: Channel, options: { unread: Unread; receiving: boolean }) {
    this.#streamId = streamId;
    this.#channel = channel;
    this.#unread = options.unread;
    this.#receiving = options.receiving;
    this.#requests = new MessageQueue(options.unread.take, () => {});
    if (!options.receiving) this.#requests.end();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Calls `listener` when the handler has ended. */
  onEnd(listener: () => void): void {
    this.#onEnd.push(listener);
  }

  /** Runs the handler and answers. Never rejects. */
  async run(
    handler: RawHandler,
    request: Uint8Array,
    context: HandlerContext,
    toStatus: (error: unknown) => Status = statusOf,
  ): Promise<void> {
    try {
      switch (handler.kind) {
        case "unary":
          this.#respond({ payload: await handler.handle(request, context) });
          break;
        case "client_streaming":
          this.#respond({ payload: await handler.handle(this.#requests, context) });
          break;
        case "server_streaming":
          await this.#sendAll(handler.handle(request, context));
          break;
        case "bidi_streaming":
          await this.#sendAll(handler.handle(this.#requests, context));
          break;
      }
    } catch (error) {
      this.#respondError(error, toStatus);
    } finally {
      this.#receiving = false;
      this.#requests.discard();
      for (const listener of this.#onEnd.splice(0)) listener();
    }
  }

  /** Takes a message the client sent in its Request, or a Data frame. @throws TtrpcError when none may come. */
  receive({ flags, data }: Pick<Frame, "flags" | "data">): void {
    if (this.signal.aborted) return; // the client cannot know yet
    if ((flags & Flag.NoData) === 0) {
      if (!this.#receiving)
        throw new TtrpcError(Code.InvalidArgument, "data handling error: ttrpc: stream closed");
      if (this.#requests.push(data)) this.#unread.add(data.length);
    }
    if ((flags & Flag.RemoteClosed) === 0) return;
    this.#receiving = false;
    this.#requests.end();
  }

  /** Answers `status` in place of the handler, which is aborted. */
  fail(status: Status): void {
    this.#respond({ status, payload: empty });
    this.abort(new DOMException(status.message, "AbortError"));
  }

  /** Tells the handler that its work is not wanted any more. */
  abort(reason: DOMException): void {
    this.#receiving = false;
    this.#requests.discard(reason);
    this.#abort.abort(reason);
  }

  async #sendAll(messages: AsyncIterable<Uint8Array>): Promise<void> {
    const iterator = messages[Symbol.asyncIterator]();
    const stop = (): void => void Promise.resolve(iterator.return?.()).catch(() => {});
    this.signal.addEventListener("abort", stop);
    try {
      for (;;) {
        const { done, value } = await iterator.next();
        if (done) break;
        this.#send(value);
        await this.#channel.drained();
      }
    } catch (error) {
      stop();
      throw error;
    } finally {
      this.signal.removeEventListener("abort", stop);
    }
    this.signal.throwIfAborted();
    this.#finish();
  }

  #send(data: Uint8Array): void {
    if (!this.#answered)
      this.#channel.send({ streamId: this.#streamId, type: FrameType.Data, flags: 0, data });
  }

  #finish(): void {
    if (this.#answered) return;
    this.#answered = true;
    const flags = Flag.RemoteClosed | Flag.NoData;
    this.#channel.send({ streamId: this.#streamId, type: FrameType.Data, flags, data: empty });
  }

  #respond(response: Response): void {
    if (this.#answered) return;
    sendResponse(this.#channel, this.#streamId, response);
    this.#answered = true;
  }

  /** Answers something even where a handler threw what cannot be encoded. */
  #respondError(error: unknown, toStatus: (error: unknown) => Status): void {
    try {
      this.#respond({ status: toStatus(error), payload: empty });
    } catch {
      this.#respond({
        status: { code: Code.Internal, message: "ttrpc: error without a valid status" },
        payload: empty,
      });
    }
  }
}
