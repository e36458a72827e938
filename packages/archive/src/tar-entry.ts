/** Text whose every character is one byte (Latin-1): names in archives are bytes, mostly but not always UTF-8. */
export type ByteString = string;

/** What a member of an archive is. */
export type TarType = "file" | "link" | "symlink" | "char" | "block" | "directory" | "fifo";

/** A run of data in a sparse file; the rest are holes. */
export interface SparseSegment {
  readonly offset: number;
  readonly length: number;
}

/** A member of an archive: its header, with PAX records and GNU long names applied. */
export interface TarEntry {
  readonly name: ByteString;
  readonly type: TarType;
  /** Permissions, set-id bits and sticky bit. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Of a file: as it will be, holes included. Else 0. */
  readonly sizeBytes: number;
  readonly mtimeNs: bigint;
  readonly atimeNs: bigint;
  /** Target of a hard or symbolic link; else empty. */
  readonly linkName: ByteString;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
  /** Extended attributes by name (`SCHILY.xattr.` records). */
  readonly xattrs: ReadonlyMap<ByteString, Uint8Array>;
  /** Of a sparse file: its data, in order. */
  readonly sparse?: readonly SparseSegment[];
}

/** `bytes` as text for people. */
export const display = (bytes: ByteString): string => Buffer.from(bytes, "latin1").toString("utf8");
