import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";
import { constants, createZstdCompress, gzipSync, zstdCompressSync } from "node:zlib";
import { decompress, detectCompression } from "@davit/archive";
import { isDataLoss } from "@davit/errdefs";
import { fails } from "./testing/fixture.ts";

const text = Buffer.concat([Buffer.from("hello ".repeat(50_000)), randomBytes(100_000)]);
const more = randomBytes(70_000);

/** Pieces in one buffer that is overwritten: chunks are borrowed. */
async function* pieces(bytes: Uint8Array, pieceBytes: number): AsyncGenerator<Uint8Array> {
  const memory = Buffer.alloc(pieceBytes);
  for (let offset = 0; offset < bytes.length; offset += pieceBytes) {
    const piece = bytes.subarray(offset, offset + pieceBytes);
    memory.fill(0xaa).set(piece);
    yield memory.subarray(0, piece.length);
  }
}

async function* copies(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield Buffer.from(chunk);
}

const inflate = (bytes: Uint8Array, pieceBytes = 65_536, compression?: "gzip" | "zstd") =>
  buffer(copies(decompress(pieces(bytes, pieceBytes), compression)));

test("gzip, zstd and plain bytes are told apart, skippable frames included", () => {
  assert.equal(detectCompression(gzipSync("")), "gzip");
  assert.equal(detectCompression(zstdCompressSync("")), "zstd");
  assert.equal(detectCompression(Uint8Array.of(0x5e, 0x2a, 0x4d, 0x18)), "zstd");
  assert.equal(detectCompression(Uint8Array.of(0x1f, 0x8b)), "none");
  assert.equal(detectCompression(new Uint8Array()), "none");
});

for (const [name, compress] of [
  ["gzip", gzipSync],
  ["zstd", zstdCompressSync],
] as const) {
  test(`${name} is decompressed from pieces of any size`, async () => {
    const bytes = compress(text);
    for (const pieceBytes of [bytes.length, 65_536, 1000, 3])
      assert.ok((await inflate(bytes, pieceBytes)).equals(text), `${pieceBytes}`);
  });

  test(`${name}: several members are one stream, wherever the pieces are cut`, async () => {
    const small = [compress("one, "), compress(""), compress("two, "), compress("three")];
    const bytes = Buffer.concat(small);
    for (let pieceBytes = 1; pieceBytes <= bytes.length; pieceBytes++)
      assert.equal((await inflate(bytes, pieceBytes)).toString(), "one, two, three", `${pieceBytes}`);
    const large = Buffer.concat([compress(text), compress(more), compress(text)]);
    assert.ok((await inflate(large)).equals(Buffer.concat([text, more, text])));
  });

  test(`${name}: zero padding behind the last member is dropped`, async () => {
    for (const pieceBytes of [1, 50, 4096])
      assert.equal(
        (await inflate(Buffer.concat([compress("x"), Buffer.alloc(700)]), pieceBytes)).toString(),
        "x",
      );
  });

  test(`${name}: data that ends early, is damaged, or is followed by rubbish is DataLoss`, async () => {
    const bytes = compress(text);
    await fails(inflate(bytes.subarray(0, -5)), isDataLoss, /ends early/);
    await fails(inflate(Buffer.concat([compress("x"), bytes.subarray(0, 30)])), isDataLoss, /ends early/);
    await fails(
      inflate(Buffer.concat([compress("x"), Buffer.from("rubbish behind the end")])),
      isDataLoss,
      new RegExp(`${name} data is damaged`),
    );
    await fails(inflate(Buffer.from("no such data"), 100, name), isDataLoss, /damaged/);
  });
}

test("zstd frames of every shape follow each other: skippable, of one block, of repeated bytes, with a checksum", async () => {
  const skippable = Buffer.concat([Buffer.from("572a4d1805000000", "hex"), Buffer.from("12345")]);
  const checksum = { params: { [constants.ZSTD_c_checksumFlag]: 1 } };
  const unsized = createZstdCompress(checksum);
  unsized.end(text);
  const frames = [
    skippable,
    zstdCompressSync(Buffer.alloc(1_000_000, "r")),
    Buffer.from("502a4d1800000000", "hex"),
    zstdCompressSync("small", checksum),
    await buffer(unsized),
    skippable,
  ];
  const bytes = Buffer.concat(frames);
  const expected = Buffer.concat([Buffer.alloc(1_000_000, "r"), Buffer.from("small"), text]);
  for (const pieceBytes of [bytes.length, 1000, 7])
    assert.ok((await inflate(bytes, pieceBytes)).equals(expected), `${pieceBytes}`);
  for (let cut = 1; cut < 60; cut++) {
    const frame = zstdCompressSync("small", checksum);
    if (cut < frame.length) await fails(inflate(frame.subarray(0, cut), 5, "zstd"), isDataLoss, /ends early/);
  }
});

test("plain bytes pass", async () => {
  assert.equal((await inflate(Buffer.from("plain"), 2)).toString(), "plain");
  assert.equal((await inflate(Buffer.alloc(0))).length, 0);
});

test("an error of the source passes as it is, and a reader that leaves closes the source", async () => {
  const failure = new Error("the network");
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield gzipSync(text).subarray(0, 1000);
    throw failure;
  }
  await assert.rejects(buffer(decompress(failing())), failure);
  let closed = false;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield gzipSync(text);
    } finally {
      closed = true;
    }
  }
  for await (const chunk of decompress(endless())) if (chunk.length > 0) break;
  assert.ok(closed);
});
