import assert from "node:assert/strict";
import { isNotFound, isOutOfRange } from "@davit/errdefs";
import { gather, put, randomBlob, type Define } from "./trial.ts";

const MiB = 1024 * 1024;

export function readTests(define: Define): void {
  define("read() of an absent digest is NotFound", async ({ store, call }) => {
    await assert.rejects(gather(store.read(randomBlob().digest, call)), isNotFound);
  });

  define("read() yields any range of a blob", async (trial) => {
    const { store, call } = trial;
    const blob = randomBlob(10_000);
    await put(trial, blob);
    const read = (offset?: bigint, sizeBytes?: bigint): Promise<Buffer> =>
      gather(store.read(blob.digest, { ...call, offset, sizeBytes }));
    assert.deepEqual(await read(), blob.data);
    assert.deepEqual(await read(1n), blob.data.subarray(1));
    assert.deepEqual(await read(9_999n), blob.data.subarray(9_999));
    assert.deepEqual(await read(100n, 200n), blob.data.subarray(100, 300));
    assert.deepEqual(await read(0n, 1n), blob.data.subarray(0, 1));
    assert.deepEqual(await read(100n, 0n), blob.data.subarray(100), "a size of 0 reads to the end");
    assert.deepEqual(await read(9_000n, 5_000n), blob.data.subarray(9_000), "to the end at most");
    assert.equal((await read(10_000n)).length, 0, "at the end there is nothing");
  });

  define("read() beyond the end is OutOfRange", async (trial) => {
    const { store, call } = trial;
    const blob = randomBlob(10);
    await put(trial, blob);
    await assert.rejects(gather(store.read(blob.digest, { ...call, offset: 11n })), isOutOfRange);
  });

  define("read() may be given up in the middle", async (trial) => {
    const { store, call } = trial;
    const blob = randomBlob(3 * MiB);
    await put(trial, blob);
    for await (const chunk of store.read(blob.digest, call)) {
      assert.deepEqual(Buffer.from(chunk), blob.data.subarray(0, chunk.length));
      break;
    }
    assert.deepEqual(await gather(store.read(blob.digest, call)), blob.data);
  });

  define("readerAt() of an absent digest is NotFound", async ({ store, call }) => {
    await assert.rejects(store.readerAt(randomBlob().digest, call), isNotFound);
  });

  define("readerAt() reads any place, in any order", async (trial) => {
    const { store, call } = trial;
    const blob = randomBlob(100_000);
    await put(trial, blob);
    await using reader = await store.readerAt(blob.digest, call);
    assert.equal(reader.sizeBytes, blob.sizeBytes);
    for (const position of [99_000, 0, 50_000, 1]) {
      const buffer = Buffer.alloc(1000);
      assert.equal(await reader.read(buffer, BigInt(position)), 1000);
      assert.deepEqual(buffer, blob.data.subarray(position, position + 1000));
    }
    const buffer = Buffer.alloc(1000);
    assert.equal(await reader.read(buffer, 99_990n), 10, "fewer at the end");
    assert.deepEqual(buffer.subarray(0, 10), blob.data.subarray(99_990));
    assert.equal(await reader.read(buffer, 100_000n), 0, "nothing at the end");
  });

  define("a blob of 10 MiB is written in pieces and read by several at once", async (trial) => {
    const { store, call } = trial;
    const blob = randomBlob(10 * MiB);
    {
      await using writer = await store.writer("big", { ...call, total: blob.sizeBytes });
      // Pieces of sizes that no buffer has.
      for (let from = 0, size = 1; from < blob.data.length; from += size, size = (size * 7) % 2_000_003)
        await writer.write(blob.data.subarray(from, from + size));
      assert.equal(writer.status().offset, blob.sizeBytes);
      assert.equal(await writer.commit({ ...call, sizeBytes: blob.sizeBytes }), blob.digest);
    }
    const copies = await Promise.all([1, 2, 3].map(() => gather(store.read(blob.digest, call))));
    for (const copy of copies) assert.ok(copy.equals(blob.data));
  });
}
