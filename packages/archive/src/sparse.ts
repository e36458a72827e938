// Sparse files: GNU's old format, and PAX formats 0.0, 0.1 and 1.0 (GNU tar manual, "Sparse Formats").
import { InvalidArgumentError } from "@davit/errdefs";
import type { PaxRecords } from "./pax.ts";
import type { SparseSegment } from "./tar-entry.ts";
import { parseDecimal, parseNumber } from "./tar-numbers.ts";

/** Where the sparse map of the old format lies in its header, and in each block that continues it. */
const OLD = {
  header: { offset: 386, entries: 4, extended: 482, realSize: 483 },
  extension: { offset: 0, entries: 21, extended: 504 },
} as const;
const ENTRY_BYTES = 24;
const NUMBER_BYTES = 12;
/** More runs than this are refused: each costs memory, and real files have few. */
const MAX_SEGMENTS = 1 << 20;

/** The sparse map within a block of the old format, and whether another block continues it. */
export function readOldSparse(block: Buffer, kind: keyof typeof OLD, into: SparseSegment[]): boolean {
  const { offset, entries, extended } = OLD[kind];
  for (let index = 0; index < entries; index++) {
    const at = offset + index * ENTRY_BYTES;
    if (block[at] === 0) break;
    const segment = {
      offset: parseNumber(block, at, NUMBER_BYTES, "sparse offset"),
      length: parseNumber(block, at + NUMBER_BYTES, NUMBER_BYTES, "sparse length"),
    };
    into.push(segment);
  }
  if (into.length > MAX_SEGMENTS) throw new InvalidArgumentError("sparse file has too many segments");
  return block[extended] !== 0;
}

/** The size of a file of the old format with its holes. */
export const oldSparseSize = (block: Buffer): number =>
  parseNumber(block, OLD.header.realSize, NUMBER_BYTES, "sparse size");

/** How a PAX header says that a file is sparse: its map, or that the map stands before the data (1.0). */
export interface PaxSparse {
  readonly realSize: number;
  readonly map: readonly SparseSegment[] | "before-data";
}

/** What the records say about sparseness; undefined when the file is not sparse. @throws InvalidArgumentError on an unknown version. */
export function paxSparse({ values, sparseNumbers }: PaxRecords): PaxSparse | undefined {
  const version = `${values.get("GNU.sparse.major") ?? ""}.${values.get("GNU.sparse.minor") ?? ""}`;
  const map = values.get("GNU.sparse.map");
  const size = values.get("GNU.sparse.realsize") ?? values.get("GNU.sparse.size");
  const known = version === "." || version === "0.0" || version === "0.1" || version === "1.0";
  if (!known) throw new InvalidArgumentError(`sparse format ${version} is not supported`);
  if (size === undefined) return undefined;
  const realSize = parseDecimal(size, "GNU.sparse.size");
  if (version === "1.0") return { realSize, map: "before-data" };
  const numbers = map === undefined ? sparseNumbers : map.split(",").filter((part) => part !== "");
  return { realSize, map: pairs(numbers.map((number) => parseDecimal(number, "GNU.sparse.map"))) };
}

/** Collects the map of format 1.0, which stands in blocks before the data: lines of numbers, the count of segments first. */
export class SparseMapReader {
  readonly #blocks: Buffer[] = [];
  #lines = 0;
  #expectedLines = Number.POSITIVE_INFINITY;

  /** Takes the next block. @returns the map once it is complete. @throws InvalidArgumentError when it is malformed. */
  push(block: Buffer): readonly SparseSegment[] | undefined {
    this.#blocks.push(Buffer.from(block));
    for (let at = block.indexOf(0x0a); at >= 0; at = block.indexOf(0x0a, at + 1)) this.#lines++;
    if (this.#blocks.length === 1) this.#expectedLines = 2 * this.#count(block) + 1;
    if (this.#lines < this.#expectedLines) return undefined;
    const lines = Buffer.concat(this.#blocks).toString("latin1").split("\n");
    return pairs(lines.slice(1, this.#expectedLines).map((line) => parseDecimal(line, "sparse map")));
  }

  #count(block: Buffer): number {
    const [line = ""] = block.toString("latin1").split("\n", 1);
    const count = parseDecimal(line, "sparse map");
    if (count < 0 || count > MAX_SEGMENTS)
      throw new InvalidArgumentError("sparse file has too many segments");
    return count;
  }
}

/** Checks a map: segments in order, apart, within the file, and as long in all as the data stored. @throws InvalidArgumentError */
export function checkSparse(segments: readonly SparseSegment[], realSize: number, storedBytes: number): void {
  let end = 0;
  let stored = 0;
  for (const { offset, length } of segments) {
    if (offset < end || length < 0) throw new InvalidArgumentError("sparse map is not in order");
    end = offset + length;
    stored += length;
  }
  if (end > realSize || realSize < 0) throw new InvalidArgumentError("sparse map exceeds the file");
  if (stored !== storedBytes) throw new InvalidArgumentError("sparse map does not match the data");
}

function pairs(numbers: readonly number[]): SparseSegment[] {
  if (numbers.length % 2 !== 0) throw new InvalidArgumentError("sparse map is malformed");
  if (numbers.length > MAX_SEGMENTS * 2) throw new InvalidArgumentError("sparse file has too many segments");
  return Array.from({ length: numbers.length / 2 }, (_, index) => {
    return { offset: numbers[2 * index] ?? 0, length: numbers[2 * index + 1] ?? 0 };
  });
}
