import type { Socket } from "node:net";
import { Channel } from "./channel.ts";
import { Code } from "./code.ts";
import { oversizeError, type Status } from "./error.ts";
import { Flag, FrameType, MESSAGE_SIZE_MAX, type Frame, type OversizeFrame } from "./frame.ts";
import type { RawHandler } from "./handler.ts";
import { decodeRequest, type Request } from "./messages.ts";
import { metadataOf } from "./metadata.ts";
import type { PeerCredentials } from "./peer.ts";
import { sendResponse, ServerCall } from "./server-call.ts";
import { startTimer } from "./timer.ts";
import { Unread } from "./unread.ts";

/** What a connection asks its server. */
export interface ServerConnectionOptions {
  readonly peer: PeerCredentials | undefined;
  /** Finds a handler. @throws TtrpcError Unimplemented */
  readonly find: (service: string, method: string) => RawHandler;
  readonly toStatus: (error: unknown) => Status;
}

const empty = new Uint8Array();

/** The server's end of a connection: takes requests, starts handlers, refuses what breaks the rules. */
export class ServerConnection {
  readonly #socket: Socket;
  readonly #options: ServerConnectionOptions;
  readonly #channel: Channel;
  readonly #unread: Unread;
  readonly #calls = new Map<number, ServerCall>();
  readonly #closing = Promise.withResolvers<void>();
  #lastId = 0;
  #draining = false;
  #ending = false;
  #congested = false;

  constructor(socket: Socket, options: ServerConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#channel = new Channel(socket, {
      onFrame: (frame) => this.#receive(frame),
      onOversize: (frame) => this.#receive(frame),
      onClose: () => this.#onClose(),
    });
    this.#unread = new Unread(this.#channel);
  }

  /** Resolves when the connection is closed. */
  get closed(): Promise<void> {
    return this.#closing.promise;
  }

  /** Closes as soon as no call is in progress. */
  drain(): void {
    this.#draining = true;
    this.#endIfIdle();
  }

  /** Closes now; handlers are aborted. */
  destroy(): void {
    this.#channel.destroy();
  }

  #receive(frame: Frame | OversizeFrame): void {
    if (this.#ending) return; // what cannot be answered is not begun
    const { streamId } = frame;
    if (!frame.data) this.#refuse(streamId, oversizeError(frame.sizeBytes, MESSAGE_SIZE_MAX));
    else if (streamId % 2 === 0) this.#invalid(streamId, "StreamID must be odd for client initiated streams");
    else if (frame.type === FrameType.Data) this.#receiveData(frame);
    else if (frame.type === FrameType.Request) this.#receiveRequest(frame);
    this.#slowDown();
  }

  #receiveData(frame: Frame): void {
    const call = this.#calls.get(frame.streamId);
    if (!call) {
      this.#invalid(frame.streamId, "StreamID is no longer active");
      return;
    }
    try {
      call.receive(frame);
    } catch (error) {
      call.fail(error as Status);
    }
  }

  #receiveRequest({ streamId, flags, data }: Frame): void {
    if (streamId <= this.#lastId) {
      this.#invalid(streamId, "StreamID cannot be re-used and must increment");
      return;
    }
    this.#lastId = streamId;
    let request: Request;
    try {
      request = decodeRequest(data);
    } catch (error) {
      this.#invalid(streamId, `unmarshal request error: ${(error as Error).message}`);
      return;
    }
    try {
      this.#start(streamId, flags, request, this.#options.find(request.service, request.method));
    } catch (error) {
      this.#refuse(streamId, error as Status);
    }
  }

  #start(streamId: number, flags: number, request: Request, handler: RawHandler): void {
    const { service, method, payload, timeoutNano } = request;
    const clientStreams = handler.kind === "client_streaming" || handler.kind === "bidi_streaming";
    const call = new ServerCall(streamId, this.#channel, { unread: this.#unread, receiving: clientStreams });
    if (clientStreams) {
      if (payload.length > 0) call.receive({ flags: 0, data: payload });
      // Only a client that says so sends more; one that makes a unary call of it has said everything.
      if ((flags & Flag.RemoteOpen) === 0)
        call.receive({ flags: Flag.RemoteClosed | Flag.NoData, data: empty });
    }
    const timeoutMs = timeoutNano === 0n ? undefined : Math.max(0, Number(timeoutNano) / 1e6);
    if (timeoutMs !== undefined)
      call.onEnd(
        startTimer(timeoutMs, () =>
          call.abort(new DOMException("context deadline exceeded", "TimeoutError")),
        ),
      );
    call.onEnd(() => this.#onCallEnd(streamId));
    this.#calls.set(streamId, call);
    const { peer, toStatus } = this.#options;
    const metadata = metadataOf(request.metadata);
    const context = { signal: call.signal, metadata, timeoutMs, service, method, socket: this.#socket, peer };
    void call.run(handler, payload, context, toStatus);
  }

  #onCallEnd(streamId: number): void {
    this.#calls.delete(streamId);
    this.#endIfIdle();
  }

  #endIfIdle(): void {
    if (!this.#draining || this.#calls.size > 0) return;
    this.#ending = true;
    this.#channel.end();
  }

  #invalid(streamId: number, message: string): void {
    this.#refuse(streamId, { code: Code.InvalidArgument, message });
  }

  /** Answers on the offending stream, so that the client knows which one was bad. It ends a call that runs there. */
  #refuse(streamId: number, status: Status): void {
    const call = this.#calls.get(streamId);
    if (call) call.fail(status);
    else sendResponse(this.#channel, streamId, { status, payload: empty });
  }

  /** A peer that does not take its answers is not asked for more questions. */
  #slowDown(): void {
    if (this.#congested || !this.#channel.congested) return;
    this.#congested = true;
    this.#channel.hold();
    void this.#channel.drained().then(() => {
      this.#congested = false;
      this.#channel.release();
    });
  }

  #onClose(): void {
    for (const call of this.#calls.values()) call.abort(new DOMException("context canceled", "AbortError"));
    this.#closing.resolve();
  }
}
