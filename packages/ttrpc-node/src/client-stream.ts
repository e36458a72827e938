import type { Channel } from "./channel.ts";
import { protocolError, oversizeError, TtrpcError } from "./error.ts";
import { Code } from "./code.ts";
import { Flag, FrameType, MESSAGE_SIZE_MAX, type Frame, type OversizeFrame } from "./frame.ts";
import { MessageQueue } from "./message-queue.ts";
import { decodeResponse } from "./messages.ts";
import type { Unread } from "./unread.ts";

/** How many messages a server may answer: one, in a Response, or any number, as Data. */
export type Answers = "one" | "many";

const empty = new Uint8Array();

/**
 * A call in progress, as bytes. Iterate it for the server's messages; whoever stops iterating cancels the call.
 * Messages are views of what was received: copy to keep a small part of one.
 */
export class ClientStream implements AsyncIterable<Uint8Array> {
  readonly #id: number;
  readonly #channel: Channel;
  readonly #unread: Unread;
  readonly #answers: Answers;
  readonly #messages: MessageQueue;
  readonly #onEnd: (() => void)[] = [];
  readonly #blocked = new Set<() => void>();
  #sending: boolean;
  #ended = false;
  #error: unknown;

  constructor(
    id: number,
    channel: Channel,
    options: { unread: Unread; answers: Answers; sending: boolean; onEnd: () => void },
  ) {
    this.#id = id;
    this.#channel = channel;
    this.#unread = options.unread;
    this.#answers = options.answers;
    this.#sending = options.sending;
    this.#onEnd.push(options.onEnd);
    this.#messages = new MessageQueue(options.unread.take, () => this.cancel());
  }

  /** Whether the call has ended: the server answered, or it was cancelled, or the connection is closed. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Calls `listener` when the call ends, or at once if it has. */
  onEnd(listener: () => void): void {
    if (this.#ended) listener();
    else this.#onEnd.push(listener);
  }

  /**
   * Sends a message of a client-streaming or bidirectional call. Resolves when the connection takes more.
   *
   * @throws TtrpcError ResourceExhausted above 4 MiB; what ended the call, or `ttrpc: stream closed`, after its end.
   */
  async send(message: Uint8Array): Promise<void> {
    if (!this.#sending) throw this.#error ?? new TtrpcError(Code.FailedPrecondition, "ttrpc: stream closed");
    this.#channel.send({ streamId: this.#id, type: FrameType.Data, flags: 0, data: message });
    if (!this.#channel.congested) return;
    await this.#drainedOrEnded();
    if (this.#error !== undefined) throw this.#error;
  }

  /** Tells the server that no more messages come. */
  closeSend(): void {
    if (!this.#sending) return;
    this.#sending = false;
    const flags = Flag.RemoteClosed | Flag.NoData;
    this.#channel.send({ streamId: this.#id, type: FrameType.Data, flags, data: empty });
  }

  /**
   * Gives the call up: who waits for it is given `error`. ttrpc cannot tell the server; it sees at most that no more
   * messages come, and what it still sends is ignored.
   */
  cancel(error?: unknown): void {
    if (this.#ended) return;
    this.closeSend();
    this.#messages.discard(error);
    this.#end(error);
  }

  /** Ends a call that never began: nothing is sent. For the connection only. */
  abandon(error: unknown): void {
    this.#sending = false;
    this.#fail(error);
  }

  /** The single answer of a call that has one. */
  async response(): Promise<Uint8Array> {
    const { done, value } = await this.#messages.next();
    if (done) throw this.#error ?? protocolError("the server ended the call without an answer");
    return value;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return this.#messages;
  }

  /** Takes a frame of this stream. For the connection only. */
  receive(frame: Frame | OversizeFrame): void {
    if (!frame.data) this.#fail(oversizeError(frame.sizeBytes, MESSAGE_SIZE_MAX));
    else if (frame.type === FrameType.Response) this.#receiveResponse(frame.data);
    else if (frame.type === FrameType.Data) this.#receiveData(frame);
    else this.#fail(protocolError(`unexpected message of type ${frame.type} received`));
  }

  /** The connection is closed. For the connection only. */
  close(error: TtrpcError): void {
    this.#fail(error);
  }

  #receiveResponse(data: Uint8Array): void {
    try {
      const { status, payload } = decodeResponse(data);
      if (status && status.code !== Code.OK) {
        this.#fail(new TtrpcError(status.code, status.message, { details: status.details ?? [] }));
        return;
      }
      // A server that streams ends with a bare OK; where one answer is due, that is an answer of no bytes.
      if (this.#answers === "one" || payload.length > 0) this.#push(payload);
      this.#messages.end();
      this.#end();
    } catch (error) {
      this.#fail(
        new TtrpcError(Code.Internal, `ttrpc: error unmarshalling response: ${(error as Error).message}`),
      );
    }
  }

  #receiveData({ flags, data }: Frame): void {
    if (this.#answers === "one") {
      this.#fail(protocolError("received data from non-streaming server"));
      return;
    }
    if ((flags & Flag.NoData) === 0) this.#push(data);
    if ((flags & Flag.RemoteClosed) === 0) return;
    this.#messages.end();
    this.#end();
  }

  /** A peer that reads nothing must not keep a sender beyond the end of its call. */
  #drainedOrEnded(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#blocked.delete(done);
        resolve();
      };
      this.#blocked.add(done);
      void this.#channel.drained().then(done);
    });
  }

  #push(message: Uint8Array): void {
    if (this.#messages.push(message)) this.#unread.add(message.length);
  }

  #fail(error: unknown): void {
    this.#messages.end(error);
    this.#end(error);
  }

  #end(error?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#sending = false;
    for (const done of this.#blocked) done();
    for (const listener of this.#onEnd.splice(0)) listener();
  }
}
