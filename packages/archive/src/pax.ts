// PAX extended headers: `<length> <key>=<value>\n` records that override fields of the next header (POSIX.1-2024 pax).
import { InvalidArgumentError } from "@davit/errdefs";
import type { ByteString } from "./tar-entry.ts";

/** Records by key, in order; a key may recur (GNU sparse 0.0), and then the last counts. */
export interface PaxRecords {
  readonly values: ReadonlyMap<ByteString, ByteString>;
  /** Extended attributes: the part of the key behind `SCHILY.xattr.`, with the raw value. */
  readonly xattrs: ReadonlyMap<ByteString, Uint8Array>;
  /** Offsets and lengths of GNU sparse format 0.0, which repeats its keys. */
  readonly sparseNumbers: readonly ByteString[];
}

const XATTR = "SCHILY.xattr.";
const LONGEST_LENGTH = 20;

/** Parses the body of an extended header. @throws InvalidArgumentError when it is malformed. */
export function parsePax(body: Buffer): PaxRecords {
  const values = new Map<ByteString, ByteString>();
  const xattrs = new Map<ByteString, Uint8Array>();
  const sparseNumbers: ByteString[] = [];
  for (let offset = 0; offset < body.length;) {
    const { key, value, end } = parseRecord(body, offset);
    offset = end;
    if (key.startsWith(XATTR)) xattrs.set(key.slice(XATTR.length), Buffer.from(value));
    else if (key === "GNU.sparse.offset" || key === "GNU.sparse.numbytes")
      sparseNumbers.push(value.toString("latin1"));
    else values.set(key, checked(key, value));
  }
  return { values, xattrs, sparseNumbers };
}

function parseRecord(body: Buffer, offset: number) {
  const space = body.indexOf(0x20, offset);
  const digits = space < 0 || space - offset > LONGEST_LENGTH ? "" : body.toString("latin1", offset, space);
  const end = offset + Number(digits);
  const equals = body.indexOf(0x3d, space);
  const framed = /^[0-9]+$/.test(digits) && end <= body.length && body[end - 1] === 0x0a;
  if (!framed || equals <= space + 1 || equals > end - 2)
    throw new InvalidArgumentError("PAX record is malformed");
  return { key: body.toString("latin1", space + 1, equals), value: body.subarray(equals + 1, end - 1), end };
}

/** Names end at a NUL for the kernel, so that one within would mean another file than the archive shows. */
function checked(key: ByteString, value: Buffer): ByteString {
  const isName = key === "path" || key === "linkpath" || key === "GNU.sparse.name";
  if (isName && value.includes(0)) throw new InvalidArgumentError(`PAX record ${key} contains a NUL`);
  return value.toString("latin1");
}
