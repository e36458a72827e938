import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { layeredImage } from "@davit/test-bench";
import { runQuickly } from "@davit/test-support";

const size = { layers: 3, files: 90, sizeBytes: 600_000 };

test("an image has the layers, files and size asked for, and compresses as software does", async () => {
  const { layers, blobs } = layeredImage(size);
  assert.equal(layers.length, 3);
  const archives = layers.map(({ digest }) => gunzipSync(blobs.get(digest) ?? Buffer.alloc(0)));
  const unpacked = archives.reduce((total, { length }) => total + length, 0);
  assert.ok(unpacked > 600_000 && unpacked < 900_000, `${unpacked} bytes`);
  const packed = layers.reduce((total, { size }) => total + size, 0);
  assert.ok(packed > 150_000 && packed < 400_000, `${packed} bytes`);

  const { stdout } = await runQuickly("tar", ["-t"], { input: archives[1] ?? "" });
  const names = stdout.trim().split("\n");
  assert.equal(names.filter((name) => /layer-1\/.*file-\d+\.js$/.test(name)).length, 30);
  assert.ok(names.includes("usr/lib/layer-0/package-0/.wh.file-1.js"));
});

test("the same size gives the same image", () => {
  assert.equal(layeredImage(size).target.digest, layeredImage(size).target.digest);
  assert.notEqual(layeredImage({ ...size, files: 91 }).target.digest, layeredImage(size).target.digest);
});
