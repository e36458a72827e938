import { setTimeout as sleep } from "node:timers/promises";
import { CanceledError } from "@davit/errdefs";
import { DuplexStream, Outbox, type Stream } from "@davit/streaming";
import type { Any } from "@davit/typeurl";

/** How long after the last message a client may turn out to have gone: a reset shows as an end first (@davit/grpc README). */
const RESET_SHOWS_MS = 50;

/** What a {@link ServedStream} is made of. */
export interface ServedStreamParts {
  readonly incoming: AsyncIterator<Any, unknown>;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal | undefined;
  /** Called when the stream has ended, whoever ended it, maybe more than once. */
  readonly onEnd: () => void;
}

/** The daemon's end of a Stream call. Closing it ends the call; while it is open it outlives the client's half-close. */
export class ServedStream implements Stream {
  /** What the call answers. */
  readonly outgoing: Outbox<Any> = new Outbox<Any>();
  readonly #duplex: DuplexStream;
  readonly #parts: ServedStreamParts;
  #closed = false;
  #heardAll = false;

  constructor(parts: ServedStreamParts) {
    this.#parts = parts;
    this.#duplex = new DuplexStream({
      outgoing: this.outgoing,
      incoming: parts.incoming,
      abandon: () => {},
    });
  }

  send(message: Any): Promise<void> {
    return this.#duplex.send(message);
  }

  async recv(): Promise<Any | undefined> {
    if (this.#closed) return undefined;
    try {
      const message = await this.#duplex.recv();
      if (message === undefined) await this.#checkEnd();
      return message;
    } catch (err) {
      // The end of the call, which we asked for, is no error.
      if (this.#closed) return undefined;
      throw err;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#parts.onEnd();
    await this.#duplex.close();
  }

  /** The call is over: what is being sent is rejected, and `recv()` throws what the call says. */
  end(): void {
    this.#parts.onEnd();
    this.outgoing.fail(new CanceledError("the client has gone"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#parts.onEnd();
    await this.#duplex[Symbol.asyncDispose]();
  }

  /** Tells a client that has said all, and waits now, from one that was killed: its bytes are not whole. @throws CanceledError. */
  async #checkEnd(): Promise<void> {
    const { signal } = this.#parts;
    if (signal === undefined || this.#closed) return;
    if (!this.#heardAll) await sleep(RESET_SHOWS_MS, undefined, { signal }).catch(() => {});
    signal.throwIfAborted();
    this.#heardAll = true;
  }
}
