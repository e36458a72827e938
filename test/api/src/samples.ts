import { createHash } from "node:crypto";

/** Bytes, and how they are called. Fits as a descriptor. */
export interface Blob {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: bigint;
  readonly data: Uint8Array;
}

/** The digest of some bytes. */
export const digestOf = (data: Uint8Array | string, algorithm = "sha256"): string =>
  `${algorithm}:${createHash(algorithm).update(data).digest("hex")}`;

/** A blob of these bytes. */
export function blobOf(data: Uint8Array | string, mediaType = "application/octet-stream"): Blob {
  const bytes = typeof data === "string" ? Buffer.from(data) : data;
  return { mediaType, digest: digestOf(bytes), size: BigInt(bytes.length), data: bytes };
}

/** Blobs that several scenarios use. A scenario that minds whether another namespace has it makes its own. */
export const blob: { readonly hello: Blob; readonly empty: Blob } = {
  hello: blobOf("hello"),
  empty: blobOf(""),
};

/** The digest of what nobody has. */
export const ABSENT: string = digestOf("nobody has this");

/** What is no digest. */
export const BAD_DIGESTS: readonly string[] = [
  "",
  "x",
  "sha256:",
  "sha256:short",
  `sha256:${"g".repeat(64)}`,
  `sha256:${"A".repeat(64)}`,
  `md5:${"a".repeat(32)}`,
  `unknown:${"a".repeat(64)}`,
  `sha512:${"a".repeat(64)}`,
  `${ABSENT}0`,
  `:${"a".repeat(64)}`,
];

/** Names that are identifiers, and that are none. */
export const IDENTIFIERS: readonly string[] = [
  "a",
  "A9",
  "a-b_c.d",
  "a".repeat(76),
  "a".repeat(77),
  "",
  "-a",
  "a-",
  "a--b",
  "a/b",
  "a b",
  "ä",
  "a\n",
  "..",
  "👍",
];

const LIMIT = 4096;

/** Maps of labels at the limits, and beyond. */
export const LABELS: readonly Readonly<Record<string, string>>[] = [
  {},
  { a: "" },
  { "": "empty key" },
  { "": "" },
  { k: "v".repeat(LIMIT - 1) },
  { k: "v".repeat(LIMIT) },
  { ["k".repeat(LIMIT)]: "" },
  { ["k".repeat(LIMIT)]: "v" },
  { ["k".repeat(LIMIT + 1)]: "" },
  { ä: "ü".repeat(2047) },
  { ä: "ü".repeat(2048) },
  { "with space": "a=b,c", 'quo"te': "'" },
];

/** Filters, right and wrong, with a placeholder FIELD for one that the list knows. */
const FILTERS: readonly (readonly string[])[] = [
  [],
  [""],
  ["FIELD"],
  ["FIELD==VALUE"],
  ["FIELD==other"],
  ["FIELD!=other"],
  ["FIELD!=VALUE"],
  ["FIELD~=^V"],
  ["FIELD~=/^.{1,200}$/"],
  ["FIELD~=|.|"],
  ["FIELD~=(("],
  ["FIELD~=/((/"],
  ["FIELD==other", "FIELD==VALUE"],
  ["FIELD==VALUE,labels.a==1"],
  ["FIELD==VALUE,labels.a==2"],
  [" FIELD == VALUE "],
  ["nope"],
  ["nope==1"],
  ["nope!=1"],
  ["labels.a"],
  ["labels.a==1"],
  ["labels.b!=1"],
  ["labels.b~=/.*/"],
  ['labels."x.y/z"=="v w"'],
  ["labels.x.y==1"],
  ["labels"],
  ["labels.a.b"],
  ["labels.b~=.*"],
  ["labels.x.y/z"],
  ["FIELD="],
  ["FIELD=VALUE"],
  ["FIELD=="],
  ["FIELD==VALUE "],
  ["FIELD==a b"],
  ["FIELD==/foo/"],
  ["FIELD==/foo"],
  ["FIELD==foo,"],
  ["FIELD~=,"],
  [",FIELD"],
  ["FIELD,,FIELD"],
  ["FIELD.=="],
  [".FIELD"],
  ["FIELD<1"],
  ["FIELD!1"],
  ["!FIELD"],
  ['FIELD=="unterminated'],
  ['FIELD=="\\u00e4\\n"'],
  ['FIELD=="bad \\q escape"'],
  ["FIELD=='single'"],
  ["FIELD==ä"],
  ["ä==1"],
  ["FIELD==VALUE", "bad=="],
  ["FIELD==VALUE;x"],
  ["FIELD==VALUE,"],
  ["FIELD~=/a\\/b/"],
  ["FIELD==\u0001"],
  ["labels.k~=^v+$"],
];

/** The filters for a list whose field `field` has the value `value` somewhere. */
export const filtersFor = (field: string, value: string): string[][] =>
  FILTERS.map((filters) =>
    filters.map((filter) => filter.replaceAll("FIELD", field).replaceAll("VALUE", value)),
  );
