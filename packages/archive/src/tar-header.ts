// One 512-byte header block (tar(5); POSIX.1-2024 pax, "ustar Interchange Format"; GNU tar's variant).
import { DataLossError, InvalidArgumentError } from "@davit/errdefs";
import type { ByteString } from "./tar-entry.ts";
import { parseNumber } from "./tar-numbers.ts";

/** The unit of an archive: headers are one block, data is padded to a multiple. */
export const BLOCK_BYTES = 512;

/** The fields of a header block as they stand there. */
export interface TarHeader {
  readonly name: ByteString;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  readonly mtimeSeconds: number;
  /** One character: `0` file, `1` hard link, `2` symbolic link, `3` and `4` devices, `5` directory, `6` fifo, … */
  readonly typeFlag: string;
  readonly linkName: ByteString;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
  readonly format: "v7" | "ustar" | "gnu";
}

/** Where each field is: offset and length. */
const FIELD = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  typeFlag: [156, 1],
  linkName: [157, 100],
  magic: [257, 8],
  deviceMajor: [329, 8],
  deviceMinor: [337, 8],
  prefix: [345, 155],
} as const;

/** Tells whether a block holds nothing but zeros: two of them end an archive. */
export const isZeroBlock = (block: Uint8Array): boolean => block.every((byte) => byte === 0);

/** Parses a header block. @throws DataLossError on a wrong checksum, InvalidArgumentError on a field that makes no sense. */
export function parseHeader(block: Buffer): TarHeader {
  verifyChecksum(block);
  const number = (field: keyof typeof FIELD) => parseNumber(block, FIELD[field][0], FIELD[field][1], field);
  const format = formatOf(block);
  const header = {
    name: nameOf(block, format),
    mode: number("mode") & 0o7777,
    uid: number("uid"),
    gid: number("gid"),
    sizeBytes: number("size"),
    mtimeSeconds: number("mtime"),
    typeFlag: String.fromCharCode(block[FIELD.typeFlag[0]] || 0x30), // v7 wrote NUL for a file
    linkName: text(block, ...FIELD.linkName),
    deviceMajor: format === "v7" ? 0 : number("deviceMajor"),
    deviceMinor: format === "v7" ? 0 : number("deviceMinor"),
    format,
  } as const;
  if (header.sizeBytes < 0) throw new InvalidArgumentError("tar header field size is negative");
  const oldDirectory = block[FIELD.typeFlag[0]] === 0 && header.name.endsWith("/");
  return oldDirectory ? { ...header, typeFlag: "5" } : header;
}

/** The text of a field: up to its first NUL. */
export function text(block: Buffer, offset: number, length: number): ByteString {
  const end = block.indexOf(0, offset);
  return block.toString("latin1", offset, end >= 0 && end < offset + length ? end : offset + length);
}

function formatOf(block: Buffer): TarHeader["format"] {
  const magic = block.toString("latin1", FIELD.magic[0], FIELD.magic[0] + FIELD.magic[1]);
  if (magic === "ustar  \0") return "gnu";
  return magic.startsWith("ustar\0") ? "ustar" : "v7";
}

function nameOf(block: Buffer, format: TarHeader["format"]): ByteString {
  const name = text(block, ...FIELD.name);
  const prefix = format === "ustar" ? text(block, ...FIELD.prefix) : "";
  return prefix === "" ? name : `${prefix}/${name}`;
}

/** The sum of all bytes with the checksum's own as spaces; some writers summed signed bytes. */
function verifyChecksum(block: Buffer): void {
  const [start, length] = FIELD.checksum;
  let unsigned = 0;
  let signed = 0;
  for (let index = 0; index < BLOCK_BYTES; index++) {
    const byte = index >= start && index < start + length ? 0x20 : (block[index] ?? 0);
    unsigned += byte;
    signed += byte < 0x80 ? byte : byte - 0x100;
  }
  let expected: number;
  try {
    expected = parseNumber(block, start, length, "checksum");
  } catch (error) {
    throw new DataLossError("not a tar header: its checksum cannot be read", { cause: error });
  }
  if (expected !== unsigned && expected !== signed)
    throw new DataLossError("tar header has a wrong checksum");
}
