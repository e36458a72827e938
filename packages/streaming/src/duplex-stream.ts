import { CanceledError } from "@davit/errdefs";
import type { Any } from "@davit/typeurl";
import { Outbox } from "./outbox.ts";
import type { Stream } from "./stream.ts";

/** The two directions a stream is made of. */
export interface DuplexParts {
  readonly outgoing: Outbox<Any>;
  readonly incoming: AsyncIterator<Any, unknown>;
  /** Gives up what is beneath, so that `incoming` ends. */
  readonly abandon: () => void;
}

/** One end of a stream, whose directions end apart. */
export class DuplexStream implements Stream {
  readonly #parts: DuplexParts;
  #received: Promise<unknown> = Promise.resolve();

  constructor(parts: DuplexParts) {
    this.#parts = parts;
  }

  send(message: Any): Promise<void> {
    return this.#parts.outgoing.send(message);
  }

  recv(): Promise<Any | undefined> {
    // One after the other: not every iterator bears to be asked twice.
    const next = this.#received.then(async () => {
      const { done, value } = await this.#parts.incoming.next();
      return done === true ? undefined : value;
    });
    this.#received = next.catch(() => {});
    return next;
  }

  async close(): Promise<void> {
    this.#parts.outgoing.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#parts.outgoing.fail(new CanceledError("the stream was given up"));
    this.#parts.abandon();
  }
}

/** Two ends in one process: what one sends the other receives. */
export function streamPair(): [Stream, Stream] {
  const [there, back] = [new Outbox<Any>(), new Outbox<Any>()];
  const abandon = (): void => {
    for (const direction of [there, back]) direction.fail(new CanceledError("the other end has gone"));
  };
  return [
    new DuplexStream({ outgoing: there, incoming: back, abandon }),
    new DuplexStream({ outgoing: back, incoming: there, abandon }),
  ];
}
