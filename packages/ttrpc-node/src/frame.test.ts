import assert from "node:assert/strict";
import { test } from "node:test";
import {
  encodeFrame,
  Flag,
  FrameDecoder,
  FrameType,
  MESSAGE_SIZE_MAX,
  type Frame,
  type OversizeFrame,
} from "ttrpc-node";

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));
const plain = (frame: Frame | OversizeFrame): unknown =>
  frame.data ? { ...frame, data: Buffer.from(frame.data).toString("latin1") } : frame;

test("a bare successful Response is the shortest frame", () => {
  const frame = encodeFrame({ streamId: 1, type: FrameType.Response, flags: 0, data: new Uint8Array() });
  assert.equal(frame.toString("hex"), "00000000000000010200");
});

test("a half-close is Data with remote closed and no data", () => {
  const flags = Flag.RemoteClosed | Flag.NoData;
  const frame = encodeFrame({ streamId: 3, type: FrameType.Data, flags, data: new Uint8Array() });
  assert.equal(frame.toString("hex"), "00000000000000030305");
});

test("the decoder finds the same frames wherever the bytes are cut", () => {
  const frames: Frame[] = [
    { streamId: 1, type: FrameType.Request, flags: 2, data: Buffer.from("hello") },
    { streamId: 1, type: FrameType.Data, flags: 5, data: new Uint8Array() },
    { streamId: 0xffff_ffff, type: 9, flags: 255, data: Buffer.from("x") },
  ];
  const stream = Buffer.concat(frames.map(encodeFrame));
  for (let first = 0; first <= stream.length; first++) {
    for (let second = first; second <= stream.length; second += 3) {
      const decoder = new FrameDecoder();
      const chunks = [stream.subarray(0, first), stream.subarray(first, second), stream.subarray(second)];
      const decoded = chunks.flatMap((chunk) => [...decoder.push(chunk)]);
      assert.deepEqual(decoded.map(plain), frames.map(plain));
    }
  }
});

test("a frame of exactly 4 MiB is decoded, one of a byte more is skipped and what follows is intact", () => {
  const decoder = new FrameDecoder();
  const largest = encodeFrame({ streamId: 1, type: 1, flags: 0, data: new Uint8Array(MESSAGE_SIZE_MAX) });
  const [decoded] = [...decoder.push(largest)];
  assert.equal(decoded?.data?.length, 4_194_304);

  const tooLarge = Buffer.concat([bytes("00400001000000050100"), Buffer.alloc(MESSAGE_SIZE_MAX + 1, 0xff)]);
  const stream = Buffer.concat([tooLarge, bytes("000000010000000702002a")]);
  const found: unknown[] = [];
  for (let at = 0; at < stream.length; at += 65_536)
    for (const frame of decoder.push(stream.subarray(at, at + 65_536))) found.push(plain(frame));
  assert.deepEqual(found, [
    { streamId: 5, type: 1, flags: 0, sizeBytes: 4_194_305 },
    { streamId: 7, type: 2, flags: 0, data: "*" },
  ]);
});
