import type { Channel } from "./channel.ts";

/** How much may wait to be consumed on a connection before it is read no further. Generous: one slow stream stops all. */
const UNREAD_MAX = 8 << 20;

/** What a queued message costs besides its bytes: so that empty ones are not free. */
const OVERHEAD = 128;

/** Counts the messages of a connection that nobody has consumed yet, and holds the connection when they are too many. */
export class Unread {
  readonly #channel: Channel;
  #sizeBytes = 0;
  #holding = false;

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  add(sizeBytes: number): void {
    this.#change(sizeBytes + OVERHEAD);
  }

  /** A message was consumed. A member of its own, to be passed as a callback. */
  readonly take = (sizeBytes: number): void => this.#change(-(sizeBytes + OVERHEAD));

  #change(sizeBytes: number): void {
    this.#sizeBytes += sizeBytes;
    const hold = this.#sizeBytes > UNREAD_MAX;
    if (hold === this.#holding) return;
    this.#holding = hold;
    if (hold) this.#channel.hold();
    else this.#channel.release();
  }
}
