import type { Duplex } from "node:stream";
import {
  encodeFrame,
  encodeHeader,
  FrameDecoder,
  MESSAGE_SIZE_MAX,
  type Frame,
  type OversizeFrame,
} from "./frame.ts";
import { oversizeError } from "./error.ts";

/** Below this a header and its payload are copied into one buffer: cheaper than two writes. */
const SMALL = 4096;

/** What the two ends of a connection make of frames. */
export interface ChannelListener {
  onFrame(frame: Frame): void;
  /** A frame came whose payload was too large; it has been skipped. */
  onOversize(frame: OversizeFrame): void;
  /** Nothing comes any more, and nothing can be sent. Called once. */
  onClose(error: Error | undefined): void;
}

/** Frames over a socket. It owns the socket. */
export class Channel {
  readonly #socket: Duplex;
  readonly #listener: ChannelListener;
  readonly #decoder = new FrameDecoder();
  #holds = 0;
  #drained: Promise<void> | undefined;
  #error: Error | undefined;
  #closed = false;

  constructor(socket: Duplex, listener: ChannelListener) {
    this.#socket = socket;
    this.#listener = listener;
    socket.on("error", (error) => (this.#error = error));
    socket.once("end", () => this.destroy()); // half a connection is of no use: as in Go, the other half goes as well
    socket.once("close", () => this.#onClose());
    socket.on("data", (chunk: Uint8Array) => this.#onData(chunk));
    if (socket.destroyed) queueMicrotask(() => this.#onClose());
  }

  /**
   * Sends a frame, or does nothing when the channel is closed. The payload must not change until it is written.
   *
   * @throws TtrpcError ResourceExhausted when the payload is too large; nothing is sent then.
   */
  send(frame: Frame): void {
    if (frame.data.length > MESSAGE_SIZE_MAX) throw oversizeError(frame.data.length, MESSAGE_SIZE_MAX);
    if (this.#closed || !this.#socket.writable) return;
    if (frame.data.length <= SMALL) {
      this.#socket.write(encodeFrame(frame));
      return;
    }
    this.#socket.cork();
    this.#socket.write(encodeHeader(frame));
    this.#socket.write(frame.data);
    this.#socket.uncork();
  }

  /** Whether more is waiting to be written than is good. */
  get congested(): boolean {
    return !this.#closed && this.#socket.writableNeedDrain;
  }

  /** Resolves when the peer has taken what was sent, or never will. */
  drained(): Promise<void> {
    if (!this.congested) return Promise.resolve();
    this.#drained ??= new Promise((resolve) => {
      const done = (): void => {
        this.#socket.off("drain", done).off("close", done);
        this.#drained = undefined;
        resolve();
      };
      this.#socket.on("drain", done).on("close", done);
    });
    return this.#drained;
  }

  /** Reads no more until as many `release` calls. Frames of what has been read still come. */
  hold(): void {
    if (this.#holds++ === 0) this.#socket.pause();
  }

  release(): void {
    if (--this.#holds === 0) this.#socket.resume();
  }

  /** Closes when everything has been written. */
  end(): void {
    this.#socket.end(() => this.destroy());
  }

  /** Closes now. */
  destroy(error?: Error): void {
    this.#error ??= error;
    this.#socket.destroy();
  }

  #onData(chunk: Uint8Array): void {
    try {
      // Plain bytes: a Buffer in a message would be shared by slice(), and unequal to what was sent.
      const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      for (const frame of this.#decoder.push(bytes)) {
        if (this.#socket.destroyed) return;
        if (frame.data) this.#listener.onFrame(frame);
        else this.#listener.onOversize(frame);
      }
    } catch (error) {
      this.destroy(error as Error);
    }
  }

  #onClose(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener.onClose(this.#error);
  }
}
