// Archives made in code: every field as a test wants it, also as no sane program would write it.

/** A member to write; what is absent is what an ordinary archive would have. */
export interface Member {
  readonly name: string | Buffer;
  readonly type?: string;
  readonly content?: string | Uint8Array;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtime?: number;
  readonly linkName?: string | Buffer;
  readonly major?: number;
  readonly minor?: number;
  /** Instead of the content's length. */
  readonly size?: number | Uint8Array;
  /** Instead of the right one. */
  readonly checksum?: number;
  readonly magic?: "ustar" | "gnu" | "v7";
  /** Records of an extended header before it. */
  readonly pax?: Readonly<Record<string, string | Uint8Array>>;
  /** Bytes written over the header before its checksum is made. */
  readonly patch?: readonly (readonly [offset: number, bytes: Uint8Array | string])[];
  /** Leaves out the padding behind the content. */
  readonly unpadded?: boolean;
}

const BLOCK = 512;
const MAGIC = { ustar: "ustar\u000000", gnu: "ustar  \0", v7: "" } as const;

/** The ids of this process, so that archives unpack without privilege, too. */
export const self: { readonly uid: number; readonly gid: number } = {
  uid: process.getuid?.() ?? 0,
  gid: process.getgid?.() ?? 0,
};

/** An archive of the members, with the end mark. */
export const tar = (...members: readonly Member[]): Buffer => Buffer.concat([...members.map(member), END]);

/** Two blocks of zeros. */
export const END: Buffer = Buffer.alloc(2 * BLOCK);

/** The blocks of one member. */
export function member(fields: Member): Buffer {
  const content = bytesOf(fields.content ?? "");
  const padding = fields.unpadded ? 0 : (BLOCK - (content.length % BLOCK)) % BLOCK;
  const extended = fields.pax ? [paxMember(fields.pax)] : [];
  return Buffer.concat([...extended, header(fields, content.length), content, Buffer.alloc(padding)]);
}

/** A PAX extended header. */
export function paxMember(records: Readonly<Record<string, string | Uint8Array>>, type = "x"): Buffer {
  const content = Buffer.concat(Object.entries(records).map(([key, value]) => paxRecord(key, value)));
  return member({ name: "PaxHeaders/x", type, content });
}

/** A record whose length counts itself. */
export function paxRecord(key: string, value: string | Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(` ${key}=`), bytesOf(value), Buffer.from("\n")]);
  let length = body.length + 1;
  while (String(length).length + body.length > length) length++;
  return Buffer.concat([Buffer.from(String(length)), body]);
}

/** GNU's long name (`L`) or long link (`K`). */
export const gnuLong = (type: "L" | "K", name: string): Buffer =>
  member({ name: "././@LongLink", type, content: `${name}\0`, magic: "gnu" });

/** A number as GNU writes what octal cannot hold. */
export function base256(value: bigint, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let rest = BigInt.asUintN(8 * length, value);
  for (let index = length - 1; index >= 0; index--, rest >>= 8n) bytes[index] = Number(rest & 0xffn);
  bytes[0] = (bytes[0] ?? 0) | 0x80;
  return bytes;
}

function header(fields: Member, length: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, offset: number, size: number) =>
    block.write(value.toString(8).padStart(size - 1, "0"), offset, size - 1, "latin1");
  bytesOf(fields.name).copy(block, 0, 0, 100);
  octal(fields.mode ?? (fields.type === "5" ? 0o755 : 0o644), 100, 8);
  octal(fields.uid ?? self.uid, 108, 8);
  octal(fields.gid ?? self.gid, 116, 8);
  if (typeof fields.size === "object") block.set(fields.size, 124);
  else octal(fields.size ?? length, 124, 12);
  octal(fields.mtime ?? 1_600_000_000, 136, 12);
  block.write(fields.type ?? "0", 156, "latin1");
  bytesOf(fields.linkName ?? "").copy(block, 157, 0, 100);
  block.write(MAGIC[fields.magic ?? "ustar"], 257, "latin1");
  octal(fields.major ?? 0, 329, 8);
  octal(fields.minor ?? 0, 337, 8);
  for (const [offset, bytes] of fields.patch ?? []) block.set(bytesOf(bytes), offset);
  block.fill(0x20, 148, 156);
  const sum = fields.checksum ?? block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

const bytesOf = (value: string | Uint8Array): Buffer =>
  typeof value === "string" ? Buffer.from(value) : Buffer.from(value.buffer, value.byteOffset, value.length);
