import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { applyLayer, spool } from "@davit/archive";
import { isDataLoss } from "@davit/errdefs";
import { fails, Place, temporary } from "./testing/fixture.ts";
import { tar } from "./testing/tar.ts";

const layer = gzipSync(tar({ name: "a", content: "x".repeat(5000) }, { name: "b" }));

/** The layer in small pieces; fails, or just ends, after `bytes`. */
async function* arriving(bytes = layer.length, failure?: Error): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes; offset += 30) {
    yield layer.subarray(offset, Math.min(bytes, offset + 30));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  if (failure) throw failure;
}

test("a stream is unpacked while it arrives, and leaves no file", async () => {
  using place = new Place();
  using directory = temporary();
  {
    await using source = await spool(arriving(), { sizeBytes: layer.length, directory: directory.path });
    assert.deepEqual(readdirSync(directory.path), []);
    await applyLayer({ source, root: place.root, mode: "naive" });
    await source.complete;
  }
  assert.deepEqual(place.names(), ["a", "b"]);
});

test("a stream that fails fails the layer, and says why", async () => {
  using place = new Place();
  const failure = new Error("connection reset");
  await using source = await spool(arriving(60, failure), { sizeBytes: layer.length });
  await fails(applyLayer({ source, root: place.root, mode: "naive" }), isDataLoss, /source failed/);
  await assert.rejects(source.complete, failure);
});

test("a stream that ends before its size fails the layer", async () => {
  using place = new Place();
  await using source = await spool(arriving(60), { sizeBytes: BigInt(layer.length) });
  await fails(applyLayer({ source, root: place.root, mode: "naive" }), isDataLoss, /source failed/);
  await fails(source.complete, isDataLoss, new RegExp(`ends after 60 of ${layer.length} bytes`));
});

test("disposal ends a stream that nobody reads to its end", async () => {
  let closed = false;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        yield new Uint8Array(10);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    } finally {
      closed = true;
    }
  }
  const source = await spool(endless(), { sizeBytes: 1e9 });
  await source[Symbol.asyncDispose]();
  assert.ok(closed);
});
