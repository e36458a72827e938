import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { Status } from "@davit/errdefs";
import { prefixOf, tooLarge } from "./frames.ts";
import { statusHeaders } from "./status.ts";
import { startTimer } from "./timer.ts";

const HEADERS: OutgoingHttpHeaders = { ":status": 200, "content-type": "application/grpc" };
/** How long a client may go on sending after it has been answered. Then the stream is reset without an error. */
const LINGER_MS = 1000;

/** Writes the messages and the status of a response. A client that has gone is never an error here. */
export class ResponseWriter {
  readonly #stream: ServerHttp2Stream;
  readonly #limit: number;
  #begun = false;
  #trailers: OutgoingHttpHeaders = {};
  #onDrain: (() => void) | undefined;
  #onClose: (() => void) | undefined;

  /** `limit`: the largest message in bytes. */
  constructor(stream: ServerHttp2Stream, limit: number) {
    this.#stream = stream;
    this.#limit = limit;
  }

  /** Whether nothing can reach the client any more. */
  get gone(): boolean {
    return this.#stream.destroyed || this.#stream.closed || this.#stream.aborted;
  }

  /** @throws ResourceExhaustedError when the message, given in pieces, is larger than may be sent. */
  check(pieces: readonly Uint8Array[]): number {
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (length > this.#limit) throw tooLarge("trying to send message larger than max", length, this.#limit);
    return length;
  }

  /**
   * Sends a message, given in pieces. Resolves when there is room for another or the client has gone; with `whole`, not
   * before the last byte has left, so that the pieces may be used again. One at a time.
   */
  async write(pieces: readonly Uint8Array[], whole: boolean): Promise<void> {
    const length = this.check(pieces);
    if (this.gone) return;
    this.#begin();
    await new Promise<void>((resolve) => {
      // A client that has gone never makes room, and a write it has cut off may never be called back.
      this.#onClose = resolve;
      this.#onDrain = undefined;
      const room = this.#writePieces(pieces, length, (err) => {
        if (whole && !err) resolve();
      });
      if (whole) return;
      if (room) resolve();
      else this.#onDrain = resolve;
    });
  }

  /**
   * Ends the response with its status, and, when that is OK, a last message before it. With `cut`, a client that does not
   * take what was written before is not waited for.
   */
  finish(
    status: Status,
    { last, cut = false }: { last?: readonly Uint8Array[] | undefined; cut?: boolean } = {},
  ): void {
    if (this.gone) return;
    const trailers = statusHeaders(status);
    if (this.#begun || last !== undefined) this.#end(trailers, last ?? []);
    else this.#stream.respond({ ...HEADERS, ...trailers }, { endStream: true });
    if (cut || !this.#stream.readableEnded) this.#linger(cut);
  }

  #end(trailers: OutgoingHttpHeaders, last: readonly Uint8Array[]): void {
    this.#begin();
    this.#trailers = trailers;
    const stream = this.#stream;
    stream.cork();
    if (last.length > 0) this.#writePieces(last, this.check(last));
    stream.end();
    stream.uncork();
  }

  #writePieces(
    pieces: readonly Uint8Array[],
    length: number,
    sent?: (err: Error | null | undefined) => void,
  ): boolean {
    const stream = this.#stream;
    stream.cork();
    let room = stream.write(prefixOf(length));
    for (const [index, piece] of pieces.entries())
      room = stream.write(piece, index === pieces.length - 1 ? sent : undefined);
    stream.uncork();
    return room;
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#stream.on("drain", () => this.#onDrain?.());
    this.#stream.once("close", () => this.#onClose?.());
    this.#stream.once("wantTrailers", () => {
      // A reset may come between the end and this: then trailers are refused by throwing.
      if (!this.gone) this.#stream.sendTrailers(this.#trailers);
    });
    this.#stream.respond(HEADERS, { waitForTrailers: true });
  }

  /** Drains what the client still sends: Go would see a reset before the status it belongs to. */
  #linger(cut: boolean): void {
    const stream = this.#stream;
    stream.resume();
    // close() waits until everything has been written, destroy() does not.
    const stop = startTimer(LINGER_MS, () =>
      cut ? stream.destroy() : stream.close(constants.NGHTTP2_NO_ERROR),
    );
    stream.once("close", stop);
    if (!cut) stream.once("end", stop);
  }
}
