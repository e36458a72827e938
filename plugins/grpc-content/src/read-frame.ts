import type { EncodedMessage } from "@davit/server";

/** Room for the fields before the data: two tags, an offset and a length. */
const HEADER_BYTES = 16;
/** The most data in one message, as containerd sends. */
export const MAX_DATA_BYTES: number = 1024 * 1024;
/** Buffers for whole chunks that wait for the next Read. */
const MAX_SPARE = 4;
const spare: Buffer[] = [];

/**
 * A `ReadContentResponse` encoded by hand in a buffer that serves for every message of a Read: the data are read to where
 * they are sent from. With fresh buffers and protobuf-es a Read costs six times the CPU.
 */
export class ReadFrame {
  readonly #buffer: Buffer;

  /** `sizeBytes`: how much will be read in all. */
  constructor(sizeBytes: bigint) {
    const room = Number(sizeBytes < MAX_DATA_BYTES ? sizeBytes : MAX_DATA_BYTES);
    const whole = room === MAX_DATA_BYTES ? spare.pop() : undefined;
    this.#buffer = whole ?? Buffer.allocUnsafeSlow(HEADER_BYTES + room);
  }

  /** Where the data of the next message go: `length` bytes, fewer when that is more than fits. */
  room(length: bigint): Uint8Array {
    const end = BigInt(HEADER_BYTES) + length;
    return this.#buffer.subarray(HEADER_BYTES, end < this.#buffer.length ? Number(end) : undefined);
  }

  /** The message with the first `length` bytes of the room. Borrowed until the next one. */
  message(offset: bigint, length: number): EncodedMessage {
    let start = this.#varintBefore(HEADER_BYTES, BigInt(length));
    this.#buffer[--start] = 0x12; // data, field 2, bytes
    if (offset > 0n) {
      start = this.#varintBefore(start, offset);
      this.#buffer[--start] = 0x08; // offset, field 1, varint
    }
    return { encoded: this.#buffer.subarray(start, HEADER_BYTES + length) };
  }

  /** Gives the buffer to the next Read. Only when the last message has been sent: not after a Read that was broken off. */
  release(): void {
    if (this.#buffer.length === HEADER_BYTES + MAX_DATA_BYTES && spare.length < MAX_SPARE)
      spare.push(this.#buffer);
  }

  /** Writes a varint that ends before `end`; returns where it begins. */
  #varintBefore(end: number, value: bigint): number {
    const bytes: number[] = [];
    let rest = value;
    for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
    bytes.push(Number(rest));
    this.#buffer.set(bytes, end - bytes.length);
    return end - bytes.length;
  }
}
