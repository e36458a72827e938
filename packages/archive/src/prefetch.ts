/** A stream of bytes whose beginning can be looked at. Chunks are borrowed. */
export class Prefetch implements AsyncIterable<Uint8Array> {
  readonly #source: AsyncIterator<Uint8Array>;
  #held: Uint8Array | undefined;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** The next chunk, never empty; undefined at the end. */
  async next(): Promise<Uint8Array | undefined> {
    const held = this.#held;
    this.#held = undefined;
    if (held) return held;
    for (;;) {
      const { done, value } = await this.#source.next();
      if (done) return undefined;
      if (value.length > 0) return value;
    }
  }

  /** The next `count` bytes without taking them; fewer at the end. */
  async peek(count: number): Promise<Uint8Array> {
    let start = (await this.next()) ?? new Uint8Array();
    while (start.length < count) {
      const own = Uint8Array.from(start); // `start` is only valid until the next chunk is asked for
      const more = await this.next();
      if (!more) break;
      start = Buffer.concat([own, more]);
    }
    this.#held = start.length > 0 ? start : undefined;
    return start.subarray(0, count);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (let chunk = await this.next(); chunk; chunk = await this.next()) yield chunk;
  }

  /** Tells the source that no more is wanted. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }
}
