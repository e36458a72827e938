/** A member of an archive. Owner is root, time is 1970 unless said otherwise. */
export interface TarMember {
  /** Without a leading slash; of a directory with a slash at the end. */
  readonly name: string;
  readonly content?: string | Uint8Array;
  /** Permissions; default 0644, of a directory 0755. */
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Seconds since 1970. */
  readonly mtime?: number;
  /** Makes it a symbolic link with this target. */
  readonly linkTo?: string;
  /** Makes it a hard link to the member of this name. */
  readonly hardLinkTo?: string;
}

const BLOCK = 512;

/** An archive in the ustar format. @throws RangeError for a name longer than its 100 bytes. */
export const tar = (members: readonly TarMember[]): Buffer =>
  Buffer.concat([...members.flatMap(blocksOf), Buffer.alloc(2 * BLOCK)]);

function blocksOf(member: TarMember): Buffer[] {
  const content = Buffer.from(member.content ?? "");
  return [header(member, content.length), content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)];
}

function header(member: TarMember, size: number): Buffer {
  const { name, uid = 0, gid = 0, mtime = 0, linkTo, hardLinkTo } = member;
  const isDirectory = name.endsWith("/");
  const type = linkTo !== undefined ? "2" : hardLinkTo !== undefined ? "1" : isDirectory ? "5" : "0";
  const block = Buffer.alloc(BLOCK);
  text(block, name, 0, 100);
  octal(block, member.mode ?? (isDirectory ? 0o755 : 0o644), 100, 8);
  octal(block, uid, 108, 8);
  octal(block, gid, 116, 8);
  octal(block, size, 124, 12);
  octal(block, mtime, 136, 12);
  block.fill(" ", 148, 156);
  text(block, type, 156, 1);
  text(block, linkTo ?? hardLinkTo ?? "", 157, 100);
  text(block, "ustar\u000000", 257, 8);
  const sum = block.reduce((total, byte) => total + byte, 0);
  text(block, `${sum.toString(8).padStart(6, "0")}\0 `, 148, 8);
  return block;
}

function text(block: Buffer, value: string, offset: number, length: number): void {
  if (Buffer.byteLength(value) > length) throw new RangeError(`${value} is longer than ${length} bytes`);
  block.write(value, offset, length);
}

const octal = (block: Buffer, value: number, offset: number, length: number): void =>
  text(block, value.toString(8).padStart(length - 1, "0"), offset, length - 1);
