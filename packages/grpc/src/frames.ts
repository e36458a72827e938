import { InternalError, ResourceExhaustedError } from "@davit/errdefs";

/** Bytes before a message: a flag (compressed or not) and the length, big-endian (gRPC over HTTP/2, PROTOCOL-HTTP2.md). */
export const PREFIX_BYTES = 5;

/** One message as it came. */
export interface Frame {
  readonly compressed: boolean;
  readonly data: Uint8Array;
}

/** The prefix of an uncompressed message of `length` bytes. */
export function prefixOf(length: number): Buffer {
  const prefix = Buffer.allocUnsafe(PREFIX_BYTES);
  prefix[0] = 0;
  prefix.writeUInt32BE(length, 1);
  return prefix;
}

/** Cuts a stream of bytes, split anywhere, into messages. */
export class FrameReader {
  readonly #limit: number;
  readonly #prefix = Buffer.allocUnsafe(PREFIX_BYTES);
  #prefixHave = 0;
  #parts: Uint8Array[] = [];
  #missing = 0;

  /** `limit`: the largest message, in bytes. It is checked before a message is collected. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * The messages that `chunk` completes.
   * @throws ResourceExhaustedError for a length over the limit, InternalError for a flag that has no meaning.
   */
  push(chunk: Uint8Array): Frame[] {
    const frames: Frame[] = [];
    let offset = 0;
    while (offset < chunk.length) {
      offset += this.#prefixHave < PREFIX_BYTES ? this.#takePrefix(chunk, offset) : this.#take(chunk, offset);
      if (this.#prefixHave === PREFIX_BYTES && this.#missing === 0) frames.push(this.#complete());
    }
    return frames;
  }

  /** Whether the bytes so far end with the end of a message. */
  get whole(): boolean {
    return this.#prefixHave === 0;
  }

  #takePrefix(chunk: Uint8Array, offset: number): number {
    const part = chunk.subarray(offset, offset + PREFIX_BYTES - this.#prefixHave);
    this.#prefix.set(part, this.#prefixHave);
    this.#prefixHave += part.length;
    if (this.#prefixHave === PREFIX_BYTES) this.#missing = this.#length();
    return part.length;
  }

  #length(): number {
    const flag = this.#prefix.readUInt8(0);
    if (flag > 1) throw new InternalError(`grpc: received unexpected payload format ${flag}`, { bare: true });
    const length = this.#prefix.readUInt32BE(1);
    if (length > this.#limit) throw tooLarge("received message larger than max", length, this.#limit);
    return length;
  }

  #take(chunk: Uint8Array, offset: number): number {
    const part = chunk.subarray(offset, offset + this.#missing);
    this.#parts.push(part);
    this.#missing -= part.length;
    return part.length;
  }

  #complete(): Frame {
    const parts = this.#parts;
    const data = parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
    this.#parts = [];
    this.#prefixHave = 0;
    return { compressed: this.#prefix[0] === 1, data };
  }
}

/** The error for a message over a limit, in the words of grpc-go, which clients show. */
export const tooLarge = (what: string, length: number, limit: number): ResourceExhaustedError =>
  new ResourceExhaustedError(`grpc: ${what} (${length} vs. ${limit})`, { bare: true });
