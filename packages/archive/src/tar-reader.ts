import { DataLossError, InvalidArgumentError, ResourceExhaustedError } from "@davit/errdefs";
import { memberOf, typeOf, type MemberMeta } from "./member.ts";
import { parsePax } from "./pax.ts";
import { checkSparse, oldSparseSize, paxSparse, readOldSparse, SparseMapReader } from "./sparse.ts";
import type { SparseSegment, TarEntry } from "./tar-entry.ts";
import { BLOCK_BYTES, isZeroBlock, parseHeader, text, type TarHeader } from "./tar-header.ts";
import { parseDecimal } from "./tar-numbers.ts";

/** Receives the members of an archive. What it throws ends the reading. */
export interface TarHandler {
  entry(entry: TarEntry): void;
  /** Data of the file last announced, at `position` of it. The bytes are valid during the call only. */
  data(bytes: Buffer, position: number): void;
  /** The member last announced is complete. */
  finish(): void;
}

/** Extended headers and long names larger than this are refused, as in Go's archive/tar. */
const MAX_META_BYTES = 1 << 20;

/** What the bytes at hand belong to. */
type Section = "header" | "meta" | "old-sparse" | "sparse-map" | "data" | "padding" | "end";

/**
 * Reads a tar archive that is pushed in pieces of any size: ustar, PAX (global headers are ignored), GNU long names,
 * base-256 numbers, all sparse formats. Synchronous, and file data is not copied.
 */
export class TarReader {
  readonly #handler: TarHandler;
  #section: Section = "header";
  /** Bytes of the section still to come. */
  #remaining = BLOCK_BYTES;
  /** Bytes between the section's end and the next block boundary. */
  #padding = 0;
  /** A block or extended header that came in pieces so far. */
  #collected: Buffer[] = [];
  #zeroBlocks = 0;

  #metaType = "";
  /** What extended headers say about the next member. */
  #meta: MemberMeta = {};

  #header: TarHeader | undefined;
  #storedBytes = 0;
  #position = 0;
  #sparse: SparseSegment[] | undefined;
  #sparseSize = 0;
  #sparseMap: SparseMapReader | undefined;
  /** The segment being written, and how much of it is. */
  #segment = 0;
  #segmentDone = 0;

  constructor(handler: TarHandler) {
    this.#handler = handler;
  }

  /** Whether the end-of-archive mark has been read; what follows it is ignored. */
  get ended(): boolean {
    return this.#section === "end";
  }

  /** Reads the next piece. @throws DataLossError, InvalidArgumentError, ResourceExhaustedError, and what the handler throws. */
  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    let offset = 0;
    while (offset < bytes.length && this.#section !== "end") {
      const take = Math.min(this.#remaining, bytes.length - offset);
      const piece = bytes.subarray(offset, offset + take);
      offset += take;
      this.#remaining -= take;
      if (this.#section === "data") this.#data(piece);
      else if (this.#section !== "padding") this.#collect(piece);
      if (this.#remaining === 0) this.#sectionEnd();
    }
  }

  /** Ends the archive. @throws DataLossError when it stops within a member; the end mark itself may be missing. */
  end(): void {
    const atBoundary = this.#section === "header" && this.#remaining === BLOCK_BYTES && !this.#hasMeta;
    if (atBoundary || this.#section === "end" || this.#section === "padding") return;
    throw new DataLossError(`tar archive ends within ${this.#section === "data" ? "a file" : "a header"}`);
  }

  get #hasMeta(): boolean {
    return Object.keys(this.#meta).length > 0;
  }

  #enter(section: Section, length: number, padding = 0): void {
    this.#section = section;
    this.#remaining = length;
    this.#padding = padding;
    if (length === 0) this.#sectionEnd();
  }

  #collect(piece: Buffer): void {
    // A piece that is the whole needs no copy: it is parsed before the chunk is let go.
    this.#collected.push(this.#remaining === 0 && this.#collected.length === 0 ? piece : Buffer.from(piece));
  }

  #takeCollected(): Buffer {
    const [first] = this.#collected;
    const all = this.#collected.length === 1 && first ? first : Buffer.concat(this.#collected);
    this.#collected = [];
    return all;
  }

  #sectionEnd(): void {
    switch (this.#section) {
      case "header":
        return this.#headerBlock(this.#takeCollected());
      case "meta":
        this.#metaBody(this.#takeCollected());
        return this.#nextHeader();
      case "old-sparse":
        return this.#oldSparse(this.#takeCollected(), "extension");
      case "sparse-map":
        return this.#sparseMapBlock(this.#takeCollected());
      case "data":
        this.#handler.finish();
        this.#sparse = undefined;
        return this.#nextHeader();
      case "padding":
        return this.#enter("header", BLOCK_BYTES);
      case "end":
        return;
    }
  }

  #nextHeader(): void {
    if (this.#padding > 0) this.#enter("padding", this.#padding);
    else this.#enter("header", BLOCK_BYTES);
  }

  #headerBlock(block: Buffer): void {
    if (isZeroBlock(block)) {
      if (this.#hasMeta) throw new DataLossError("tar archive ends within a header");
      return ++this.#zeroBlocks === 2 ? this.#enter("end", Infinity) : this.#enter("header", BLOCK_BYTES);
    }
    if (this.#zeroBlocks > 0) throw new DataLossError("tar archive has a zero block between members");
    const header = parseHeader(block);
    if ("xgLK".includes(header.typeFlag)) return this.#startMeta(header);
    if (typeOf(header) === undefined)
      throw new InvalidArgumentError(`unhandled tar header type ${header.typeFlag.charCodeAt(0)}`);
    this.#header = header;
    if (header.typeFlag !== "S" || header.format !== "gnu") return this.#startMember();
    this.#sparse = [];
    this.#sparseSize = oldSparseSize(block);
    this.#oldSparse(block, "header");
  }

  #startMeta({ typeFlag, sizeBytes }: TarHeader): void {
    if (sizeBytes > MAX_META_BYTES)
      throw new ResourceExhaustedError(
        `tar extended header of ${sizeBytes} bytes, at most ${MAX_META_BYTES} are read`,
      );
    this.#metaType = typeFlag;
    this.#enter("meta", sizeBytes, paddingOf(sizeBytes));
  }

  #metaBody(body: Buffer): void {
    if (this.#metaType === "x") this.#meta = { ...this.#meta, pax: parsePax(body) };
    else if (this.#metaType === "L") this.#meta = { ...this.#meta, longName: text(body, 0, body.length) };
    else if (this.#metaType === "K") this.#meta = { ...this.#meta, longLink: text(body, 0, body.length) };
  }

  #oldSparse(block: Buffer, kind: "header" | "extension"): void {
    if (readOldSparse(block, kind, (this.#sparse ??= []))) this.#enter("old-sparse", BLOCK_BYTES);
    else this.#startMember();
  }

  /** All headers of a member are read. */
  #startMember(): void {
    const header = this.#currentHeader();
    const size = this.#meta.pax?.values.get("size");
    const isFile = typeOf(header) === "file";
    this.#storedBytes = !isFile ? 0 : size ? parseDecimal(size, "size") : header.sizeBytes;
    if (this.#storedBytes < 0) throw new InvalidArgumentError("PAX record size is negative");
    const sparse = isFile && this.#meta.pax ? paxSparse(this.#meta.pax) : undefined;
    if (sparse) this.#sparseSize = sparse.realSize;
    if (sparse?.map !== "before-data") {
      if (sparse) this.#sparse = [...sparse.map];
      return this.#announce(this.#storedBytes);
    }
    if (this.#storedBytes < BLOCK_BYTES) throw new InvalidArgumentError("sparse map is missing");
    this.#sparseMap = new SparseMapReader();
    this.#enter("sparse-map", BLOCK_BYTES);
  }

  #sparseMapBlock(block: Buffer): void {
    this.#storedBytes -= BLOCK_BYTES;
    const map = this.#sparseMap?.push(block);
    if (!map) {
      if (this.#storedBytes < BLOCK_BYTES) throw new InvalidArgumentError("sparse map is cut short");
      return this.#enter("sparse-map", BLOCK_BYTES);
    }
    this.#sparseMap = undefined;
    this.#sparse = [...map];
    this.#announce(this.#storedBytes);
  }

  #announce(storedBytes: number): void {
    if (this.#sparse) checkSparse(this.#sparse, this.#sparseSize, storedBytes);
    const sparse = this.#sparse && { segments: this.#sparse, sizeBytes: this.#sparseSize };
    const entry = memberOf(this.#currentHeader(), this.#meta, storedBytes, sparse);
    this.#position = this.#segment = this.#segmentDone = 0;
    this.#meta = {};
    this.#handler.entry(entry);
    this.#enter("data", storedBytes, paddingOf(storedBytes));
  }

  #data(piece: Buffer): void {
    if (!this.#sparse) {
      this.#handler.data(piece, this.#position);
      this.#position += piece.length;
      return;
    }
    for (let rest = piece; rest.length > 0;) {
      const segment = this.#sparse[this.#segment];
      if (!segment) return; // cannot be: the map was checked against the size
      const part = rest.subarray(0, segment.length - this.#segmentDone);
      if (part.length > 0) this.#handler.data(part, segment.offset + this.#segmentDone);
      this.#segmentDone += part.length;
      rest = rest.subarray(part.length);
      if (this.#segmentDone === segment.length) {
        this.#segment++;
        this.#segmentDone = 0;
      }
    }
  }

  #currentHeader(): TarHeader {
    if (!this.#header) throw new InvalidArgumentError("tar archive has no header");
    return this.#header;
  }
}

const paddingOf = (length: number): number => (BLOCK_BYTES - (length % BLOCK_BYTES)) % BLOCK_BYTES;
