import assert from "node:assert/strict";
import { test } from "node:test";
import type { TarEntry } from "./tar-entry.ts";
import { TarReader } from "./tar-reader.ts";
import { base256, END, gnuLong, member, paxMember, tar } from "./testing/tar.ts";

interface Read {
  readonly entry: TarEntry;
  readonly content: Buffer;
}

/** Reads an archive in pieces; a file's content has its holes filled with dots. */
function read(archive: Buffer, pieceBytes = archive.length || 1): Read[] {
  const members: Read[] = [];
  const reader = new TarReader({
    entry: (entry) => void members.push({ entry, content: Buffer.alloc(entry.sizeBytes, ".") }),
    data: (bytes, position) => void bytes.copy(members.at(-1)?.content ?? Buffer.alloc(0), position),
    finish: () => undefined,
  });
  for (let offset = 0; offset < archive.length; offset += pieceBytes)
    reader.push(Buffer.from(archive.subarray(offset, offset + pieceBytes))); // a copy: pieces are borrowed
  reader.end();
  return members;
}

const first = (archive: Buffer): TarEntry => {
  const [member] = read(archive);
  assert.ok(member);
  return member.entry;
};

const mixed = Buffer.concat([
  member({ name: "a", content: "x".repeat(700), pax: { mtime: "1.5", "SCHILY.xattr.user.k": "v" } }),
  gnuLong("L", "long/".repeat(40)),
  member({ name: "short", content: "y".repeat(512), magic: "gnu" }),
  member({ name: "s", content: "abcdef", pax: { "GNU.sparse.size": "20", "GNU.sparse.map": "2,3,10,3" } }),
  member({ name: "d/", type: "5" }),
  END,
]);

test("an archive reads the same in pieces of any size", () => {
  const whole = read(mixed);
  assert.deepEqual(
    whole.map(({ entry }) => entry.name),
    ["a", "long/".repeat(40), "s", "d/"],
  );
  for (const pieceBytes of [1, 7, 100, 511, 512, 513, 1024, 1537])
    assert.deepEqual(read(mixed, pieceBytes), whole, `${pieceBytes}`);
});

test("PAX goes before GNU's long names, and both before the header", () => {
  const archive = Buffer.concat([
    gnuLong("L", "gnu"),
    gnuLong("K", "gnu-link"),
    member({ name: "ustar", type: "2", linkName: "x", pax: { path: "pax" } }),
    END,
  ]);
  const { name, linkName } = first(archive);
  assert.deepEqual([name, linkName], ["pax", "gnu-link"]);
});

test("records hold for one member only, and an empty one overrides nothing", () => {
  const [a, b] = read(tar({ name: "a", pax: { path: "", uid: "77", gid: "4000000000" } }, { name: "b" }));
  assert.deepEqual([a?.entry.name, a?.entry.uid, a?.entry.gid], ["a", 77, 4_000_000_000]);
  assert.notEqual(b?.entry.gid, 4_000_000_000);
});

test("the size of a PAX record counts, not that of the header", () => {
  const [a, b] = read(tar({ name: "a", content: "12345", size: 0, pax: { size: "5" } }, { name: "b" }));
  assert.deepEqual([a?.content.toString(), b?.entry.name], ["12345", "b"]);
});

test("what is no file has no data, whatever its size says", () => {
  const [link, next] = read(tar({ name: "l", type: "1", linkName: "x", size: 5000 }, { name: "next" }));
  assert.deepEqual([link?.entry.sizeBytes, next?.entry.name], [0, "next"]);
});

test("base-256 numbers are read, negative times too", () => {
  const { sizeBytes, mtimeNs, uid } = first(
    tar({
      name: "a",
      size: base256(3n, 12),
      content: "abc",
      patch: [
        [136, base256(-2n, 12)],
        [108, base256(2_097_152n, 8)],
      ],
    }),
  );
  assert.deepEqual([sizeBytes, mtimeNs, uid], [3, -2_000_000_000n, 2_097_152]);
});

test("fractions of PAX times are cut to nanoseconds, also before 1970", () => {
  const mtime = (text: string) => first(tar({ name: "a", pax: { mtime: text } })).mtimeNs;
  assert.equal(mtime("1.000000001"), 1_000_000_001n);
  assert.equal(mtime("1.9999999999"), 1_999_999_999n);
  assert.equal(mtime("-1.5"), -1_500_000_000n);
  assert.equal(mtime("7"), 7_000_000_000n);
  assert.equal(mtime("7."), 7_000_000_000n);
});

test("old archives without a magic, and a directory that only its slash betrays", () => {
  const [file, directory] = read(
    tar({ name: "a", magic: "v7", type: "\0" }, { name: "d/", magic: "v7", type: "\0" }),
  );
  assert.deepEqual([file?.entry.type, directory?.entry.type], ["file", "directory"]);
});

test("a checksum over signed bytes is accepted", () => {
  const name = Buffer.from([0xe9]);
  const plain = member({ name });
  const unsigned = parseInt(plain.toString("latin1", 148, 154), 8);
  assert.equal(read(Buffer.concat([member({ name, checksum: unsigned - 256 }), END])).length, 1);
});

test("a prefix belongs to ustar only: GNU keeps times there", () => {
  assert.equal(first(tar({ name: "n", patch: [[345, "p/q"]] })).name, "p/q/n");
  assert.equal(first(tar({ name: "n", magic: "gnu", patch: [[345, "12345"]] })).name, "n");
});

test("names are bytes", () => {
  assert.equal(first(tar({ name: Buffer.from([0xff, 0x41]) })).name, "\u00ffA");
  assert.equal(first(tar({ name: "x", pax: { path: "é" } })).name, "\u00c3\u00a9");
});

test("sparse formats 0.0, 0.1 and 1.0 are read", () => {
  const content = "..abc.....def.......";
  const zeroZero = Buffer.concat([
    paxMember({ "GNU.sparse.size": "20", "GNU.sparse.numblocks": "2" }).subarray(0, 0),
    member({
      name: "pax",
      type: "x",
      content:
        "22 GNU.sparse.size=20\n23 GNU.sparse.offset=2\n25 GNU.sparse.numbytes=3\n24 GNU.sparse.offset=10\n25 GNU.sparse.numbytes=3\n",
    }),
    member({ name: "s", content: "abcdef" }),
    END,
  ]);
  const oneZero = tar({
    name: "GNUSparseFile.1/s",
    content: Buffer.concat([Buffer.from("2\n2\n3\n10\n3\n".padEnd(512, "\0")), Buffer.from("abcdef")]),
    pax: {
      "GNU.sparse.major": "1",
      "GNU.sparse.minor": "0",
      "GNU.sparse.name": "s",
      "GNU.sparse.realsize": "20",
    },
  });
  const zeroOne = tar({
    name: "s",
    content: "abcdef",
    pax: { "GNU.sparse.size": "20", "GNU.sparse.map": "2,3,10,3" },
  });
  for (const archive of [zeroZero, zeroOne, oneZero]) {
    const [sparse] = read(archive, 100);
    assert.deepEqual([sparse?.entry.name, sparse?.content.toString()], ["s", content]);
  }
});

test("GNU's old sparse format is read, over several map blocks", () => {
  const field = (value: number) => `${value.toString(8).padStart(11, "0")}\0`;
  const segments = Array.from({ length: 30 }, (_, index) => [index * 4, 2] as const);
  const entries = segments.map(([offset, length]) => field(offset) + field(length));
  const extension = (part: readonly string[], more: number) =>
    Buffer.from(part.join("").padEnd(504, "\0") + String.fromCharCode(more).padEnd(8, "\0"), "latin1");
  const data = "ab".repeat(30);
  const header = member({
    name: "s",
    type: "S",
    magic: "gnu",
    size: data.length,
    patch: [
      [386, entries.slice(0, 4).join("")],
      [482, "\u0001"],
      [483, field(200)],
    ],
  });
  const archive = Buffer.concat([
    header,
    extension(entries.slice(4, 25), 1),
    extension(entries.slice(25), 0),
    Buffer.from(data.padEnd(512, "\0")),
    END,
  ]);
  const [sparse] = read(archive, 333);
  assert.equal(sparse?.content.toString(), "ab..".repeat(30).padEnd(200, "."));
});

test("a map of format 1.0 over many blocks is read", () => {
  const count = 500;
  const map = [count, ...Array.from({ length: count }, (_, index) => [index * 2, 1]).flat()]
    .map((number) => `${number}\n`)
    .join("");
  const padded = Buffer.from(map.padEnd(Math.ceil(map.length / 512) * 512, "\0"));
  const pax = {
    "GNU.sparse.major": "1",
    "GNU.sparse.minor": "0",
    "GNU.sparse.name": "s",
    "GNU.sparse.realsize": "1000",
  };
  const [sparse] = read(
    tar({ name: "s", content: Buffer.concat([padded, Buffer.alloc(count, "x")]), pax }),
    700,
  );
  assert.equal(sparse?.content.toString(), "x.".repeat(count));
});
