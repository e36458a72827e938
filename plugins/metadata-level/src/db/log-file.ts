import { readFileSync } from "node:fs";

/** LevelDB's log: blocks of this size, records split into fragments at their borders (leveldb doc/log_format.md). */
const BLOCK = 32_768;
/** Checksum (4, little endian), length (2, little endian), type (1). */
const HEADER = 7;
const FULL = 1;
const FIRST = 2;
const LAST = 4;

/** The table of CRC-32C, reflected polynomial 0x82f63b78. */
const table = Uint32Array.from({ length: 256 }, (_, index) => {
  let crc = index;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

function crc32c(data: Uint8Array, from: number, to: number): number {
  let crc = 0xffffffff;
  for (let index = from; index < to; index++)
    crc = (crc >>> 8) ^ (table[(crc ^ (data[index] ?? 0)) & 0xff] ?? 0);
  return (crc ^ 0xffffffff) >>> 0;
}

/** LevelDB stores checksums rotated and offset, so that checksums of data with checksums in them are no use. */
const mask = (crc: number): number => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;

/** The length of the intact fragment at `at`, its header included; 0 when there is none. */
function fragmentAt(data: Buffer, at: number): number {
  const blockEnd = Math.min(data.length, at - (at % BLOCK) + BLOCK);
  if (at + HEADER > blockEnd) return 0;
  const type = data[at + 6] ?? 0;
  const end = at + HEADER + data.readUInt16LE(at + 4);
  if (type < FULL || type > LAST || end > blockEnd) return 0;
  return data.readUInt32LE(at) === mask(crc32c(data, at + 6, end)) ? end - at : 0;
}

/**
 * Whether a log is damaged before its end. LevelDB takes any broken record for one that was being written when the
 * machine died, and drops it and what follows without a word. As every write here is synced before the next begins, only
 * the last one can be torn: an intact beginning of a record behind a broken one means that something else was lost.
 */
export function isLogDamaged(path: string): boolean {
  const data = readFileSync(path);
  let at = 0;
  while (at < data.length) {
    const left = BLOCK - (at % BLOCK);
    // What is too short for a header is padding.
    const length = left < HEADER ? left : fragmentAt(data, at);
    if (length === 0) return hasRecordAfter(data, at + 1);
    at += length;
  }
  return false;
}

function hasRecordAfter(data: Buffer, start: number): boolean {
  for (let at = start; at + HEADER <= data.length; at++) {
    const type = data[at + 6];
    if ((type === FULL || type === FIRST) && fragmentAt(data, at) > 0) return true;
  }
  return false;
}
