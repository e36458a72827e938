import type { PaxRecords } from "./pax.ts";
import type { ByteString, SparseSegment, TarEntry, TarType } from "./tar-entry.ts";
import type { TarHeader } from "./tar-header.ts";
import { parseDecimal, parseTimeNs } from "./tar-numbers.ts";

/** What the extended headers before a member say about it. */
export interface MemberMeta {
  readonly pax?: PaxRecords;
  readonly longName?: ByteString;
  readonly longLink?: ByteString;
}

/** The runs of data of a sparse member, and its size with the holes. */
export interface MemberSparse {
  readonly segments: readonly SparseSegment[];
  readonly sizeBytes: number;
}

const TYPES: ReadonlyMap<string, TarType> = new Map([
  ["0", "file"],
  ["1", "link"],
  ["2", "symlink"],
  ["3", "char"],
  ["4", "block"],
  ["5", "directory"],
  ["6", "fifo"],
  ["7", "file"], // contiguous: a file everywhere that matters
  ["S", "file"], // GNU sparse
]);
const NONE: ReadonlyMap<ByteString, Uint8Array> = new Map();

/** What a header announces; undefined for a type nobody knows. */
export const typeOf = ({ typeFlag }: TarHeader): TarType | undefined => TYPES.get(typeFlag);

/** Joins a header and what was said before it. PAX goes before GNU's long names, and both before the header. */
export function memberOf(
  header: TarHeader,
  { pax, longName, longLink }: MemberMeta,
  storedBytes: number,
  sparse: MemberSparse | undefined,
): TarEntry {
  const value = (key: string) => pax?.values.get(key) || undefined; // an empty record overrides nothing
  const integer = (key: string, field: number) => {
    const record = value(key);
    return record === undefined ? field : parseDecimal(record, key);
  };
  const [mtime, atime] = [value("mtime"), value("atime")];
  const mtimeNs = mtime ? parseTimeNs(mtime, "mtime") : BigInt(header.mtimeSeconds) * 1_000_000_000n;
  return {
    name: value("GNU.sparse.name") ?? value("path") ?? longName ?? header.name,
    type: typeOf(header) ?? "file",
    mode: header.mode,
    uid: integer("uid", header.uid),
    gid: integer("gid", header.gid),
    sizeBytes: sparse?.sizeBytes ?? storedBytes,
    mtimeNs,
    atimeNs: atime ? parseTimeNs(atime, "atime") : mtimeNs,
    linkName: value("linkpath") ?? longLink ?? header.linkName,
    deviceMajor: header.deviceMajor,
    deviceMinor: header.deviceMinor,
    xattrs: pax?.xattrs ?? NONE,
    ...(sparse && { sparse: sparse.segments }),
  };
}
