// Where the frames of a zstd stream begin and end (RFC 8878 section 3), read beside the decompressor: Node before 26.10
// stops in silence behind the first of several frames in one write, and takes a stream that is cut short for a whole one.
import { DataLossError } from "@davit/errdefs";

const MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const RLE_BLOCK = 1;
const RESERVED_BLOCK = 3;

/** The part of a frame that comes next. "rest": skipped to its end, then the frame ends. */
type Part = "magic" | "descriptor" | "header" | "block" | "last-block" | "body" | "skippable-size" | "rest";

/**
 * Passes a stream on in pieces that never reach over the end of a frame, and drops zero padding behind the last.
 *
 * @throws DataLossError when the stream ends within a frame, or something else follows one.
 */
export async function* splitFrames(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const scanner = new FrameScanner();
  for await (const chunk of source) {
    for (let offset = 0; offset < chunk.length;) {
      if (scanner.atBoundary && scanner.frames > 0 && chunk[offset] === 0) return;
      const end = scanner.scan(chunk, offset);
      yield chunk.subarray(offset, end);
      offset = end;
    }
  }
  if (!scanner.atBoundary)
    throw new DataLossError("zstd data is damaged or ends early: unexpected end of file");
}

class FrameScanner {
  #part: Part = "magic";
  /** Bytes of the part still to come, and the value of those read, little-endian. */
  #remaining = 4;
  #value = 0;
  #shift = 0;
  #checksumBytes = 0;
  #frames = 0;

  /** Frames that have ended. */
  get frames(): number {
    return this.#frames;
  }

  get atBoundary(): boolean {
    return this.#part === "magic" && this.#remaining === 4;
  }

  /** Reads on from `offset`. @returns where the frame ends, or the chunk. */
  scan(chunk: Uint8Array, offset: number): number {
    let at = offset;
    while (at < chunk.length) {
      const take = Math.min(this.#remaining, chunk.length - at);
      if (
        this.#part !== "body" &&
        this.#part !== "last-block" &&
        this.#part !== "rest" &&
        this.#part !== "header"
      )
        for (let index = 0; index < take; index++, this.#shift += 8)
          this.#value += (chunk[at + index] ?? 0) * 2 ** this.#shift;
      at += take;
      this.#remaining -= take;
      while (this.#remaining === 0) if (this.#next()) return at;
    }
    return at;
  }

  /** A part is complete. @returns true at the end of a frame. */
  #next(): boolean {
    const value = this.#value;
    switch (this.#part) {
      case "magic":
        return this.#magic(value);
      case "descriptor":
        return this.#descriptor(value);
      case "block":
        return this.#block(value);
      case "header":
      case "body":
        return this.#enter("block", 3);
      case "last-block":
        return this.#enter("rest", this.#checksumBytes);
      case "skippable-size":
        return this.#enter("rest", value);
      default:
        this.#frames++;
        this.#enter("magic", 4);
        return true;
    }
  }

  #enter(part: Part, length: number): false {
    this.#part = part;
    this.#remaining = length;
    this.#value = this.#shift = 0;
    return false;
  }

  #magic(value: number): false {
    if (value === MAGIC) return this.#enter("descriptor", 1);
    if (value - (value % 16) === SKIPPABLE_MAGIC) return this.#enter("skippable-size", 4);
    throw new DataLossError("zstd data is damaged: no frame begins where one should");
  }

  #descriptor(flags: number): false {
    const singleSegment = (flags >> 5) & 1;
    const contentSizeBytes = [singleSegment, 2, 4, 8][flags >> 6] ?? 0;
    const dictionaryBytes = [0, 1, 2, 4][flags & 3] ?? 0;
    this.#checksumBytes = (flags >> 2) & 1 ? 4 : 0;
    return this.#enter("header", (singleSegment ? 0 : 1) + dictionaryBytes + contentSizeBytes);
  }

  #block(header: number): false {
    const type = (header >> 1) & 3;
    if (type === RESERVED_BLOCK) throw new DataLossError("zstd data is damaged: reserved type of block");
    return this.#enter(header & 1 ? "last-block" : "body", type === RLE_BLOCK ? 1 : header >> 3);
  }
}
