import assert from "node:assert/strict";
import { digestOf } from "@davit/digest";
import { isInvalidArgument, isNotFound, isUnavailable } from "@davit/errdefs";
import { gather, leave, listed, randomBlob, type Define } from "./trial.ts";

/** Refs that clients use, and refs that would make bad file names. */
const ODD_REFS = [
  "layer-sha256:4fbec69b941195fd56f8212a5000e304129451d82efca94ff0e0fb2d5355472e",
  "a/b/c",
  "../../escape",
  ".",
  " ",
  "with space and\nnew line",
  "quotes \" ' ` \\",
  "ünïcödé-日本語-🚀",
  "x".repeat(4000),
];

export function ingestTests(define: Define): void {
  statusTests(define);
  resumeTests(define);
  lockTests(define);
  abortTests(define);
}

function statusTests(define: Define): void {
  define("status() of an unknown ref is NotFound", async ({ store, call }) => {
    await assert.rejects(store.status("unknown", call), isNotFound);
  });

  define("writer() with an empty ref is InvalidArgument", async ({ store, call }) => {
    await assert.rejects(store.writer("", call), isInvalidArgument);
  });

  define("status() follows the writer", async ({ store, call }) => {
    const { data } = randomBlob();
    await using writer = await store.writer("r", { ...call, total: 2000n });
    const first = writer.status();
    assert.equal(first.ref, "r");
    assert.equal(first.offset, 0n);
    assert.equal(first.total, 2000n);
    assert.equal(writer.digest(), digestOf(""));
    await writer.write(data.subarray(0, 300));
    assert.equal(writer.status().offset, 300n);
    assert.equal(writer.digest(), digestOf(data.subarray(0, 300)));
    await writer.write(new Uint8Array());
    await writer.write(data.subarray(300));
    const status = await store.status("r", call);
    assert.equal(status.ref, "r");
    assert.equal(status.offset, 1000n);
    assert.equal(status.total, 2000n);
    assert.equal(status.startedAt, first.startedAt);
    assert.ok(status.updatedAt >= status.startedAt);
  });

  define("an ingest is no blob before it is committed", async (trial) => {
    const blob = randomBlob();
    await leave(trial, "r", blob.data);
    await assert.rejects(trial.store.info(blob.digest, trial.call), isNotFound);
    assert.deepEqual(await listed(trial), []);
  });

  define("listStatuses() lists open and closed ingests, and filters by ref", async (trial) => {
    const { store, call } = trial;
    assert.deepEqual(await store.listStatuses(call), []);
    await leave(trial, "b", randomBlob(20).data);
    await leave(trial, "c", randomBlob(30).data);
    await using open = await store.writer("a", call);
    await open.write(randomBlob(10).data);
    const seen = async (filters?: readonly string[]): Promise<unknown> =>
      (await store.listStatuses({ ...call, filters }))
        .map(({ ref, offset }) => [ref, offset] as const)
        .toSorted(([a], [b]) => (a < b ? -1 : 1));
    assert.deepEqual(await seen(), [
      ["a", 10n],
      ["b", 20n],
      ["c", 30n],
    ]);
    assert.deepEqual(await seen(["ref==b"]), [["b", 20n]]);
    assert.deepEqual(await seen(["ref~=[ac]"]), [
      ["a", 10n],
      ["c", 30n],
    ]);
    await assert.rejects(store.listStatuses({ ...call, filters: ["ref="] }), isInvalidArgument);
  });

  define("any text that is not empty is a ref", async (trial) => {
    const { store, call } = trial;
    for (const [index, ref] of ODD_REFS.entries()) await leave(trial, ref, randomBlob(index + 1).data);
    for (const [index, ref] of ODD_REFS.entries()) {
      const status = await store.status(ref, call);
      assert.equal(status.ref, ref);
      assert.equal(status.offset, BigInt(index + 1));
    }
    assert.equal((await store.listStatuses(call)).length, ODD_REFS.length);
    for (const ref of ODD_REFS) await store.abort(ref, call);
    assert.deepEqual(await store.listStatuses(call), []);
  });
}

function resumeTests(define: Define): void {
  define("a writer that was closed is resumed where it stopped", async (trial) => {
    const { store, call } = trial;
    const blob = randomBlob(2_000_000);
    await leave(trial, "r", blob.data.subarray(0, 1_500_000));
    const before = await store.status("r", call);
    await using writer = await store.writer("r", { ...call, total: blob.sizeBytes });
    const status = writer.status();
    assert.equal(status.offset, 1_500_000n);
    assert.equal(status.total, blob.sizeBytes);
    assert.equal(status.startedAt, before.startedAt);
    assert.equal(writer.digest(), digestOf(blob.data.subarray(0, 1_500_000)));
    await writer.write(blob.data.subarray(1_500_000));
    assert.equal(await writer.commit({ ...call, expected: blob.digest }), blob.digest);
    assert.deepEqual(await gather(store.read(blob.digest, call)), blob.data);
  });

  define("a writer that was closed before its first byte starts at 0", async (trial) => {
    await leave(trial, "r", new Uint8Array());
    await using writer = await trial.store.writer("r", trial.call);
    assert.equal(writer.status().offset, 0n);
  });

  define("truncate(0) starts over", async ({ store, call }) => {
    const blob = randomBlob();
    await using writer = await store.writer("r", call);
    await writer.write(randomBlob(3000).data);
    await writer.truncate(0n);
    assert.equal(writer.status().offset, 0n);
    assert.equal(writer.digest(), digestOf(""));
    await writer.write(blob.data);
    assert.equal(await writer.commit({ ...call, sizeBytes: blob.sizeBytes }), blob.digest);
    assert.deepEqual(await gather(store.read(blob.digest, call)), blob.data);
  });

  define("truncate() to another size is refused, and changes nothing", async ({ store, call }) => {
    const blob = randomBlob();
    await using writer = await store.writer("r", call);
    await writer.write(blob.data);
    await assert.rejects(writer.truncate(10n));
    assert.equal(await writer.commit({ ...call, sizeBytes: blob.sizeBytes }), blob.digest);
  });

  define("writers of different refs work side by side", async (trial) => {
    const { store, call } = trial;
    const blobs = Array.from({ length: 12 }, (_, index) => randomBlob(100_000 + index));
    await Promise.all(
      blobs.map(async (blob, index) => {
        await using writer = await store.writer(`ref-${index}`, { ...call, total: blob.sizeBytes });
        for (let from = 0; from < blob.data.length; from += 30_000)
          await writer.write(blob.data.subarray(from, from + 30_000));
        assert.equal(await writer.commit({ ...call, expected: blob.digest }), blob.digest);
      }),
    );
    for (const blob of blobs) assert.deepEqual(await gather(store.read(blob.digest, call)), blob.data);
    assert.deepEqual(await store.listStatuses(call), []);
  });
}

function lockTests(define: Define): void {
  define("a second writer of a ref is Unavailable, and says since when", async ({ store, call }) => {
    const blob = randomBlob();
    await using writer = await store.writer("r", call);
    await assert.rejects(store.writer("r", call), (err: Error) => {
      assert.ok(isUnavailable(err), String(err));
      assert.match(err.message, /^ref .*r locked for .*s \(since \d{4}-\d\d-\d\d/);
      return true;
    });
    await writer.write(blob.data);
    assert.equal(await writer.commit({ ...call }), blob.digest, "the first is not disturbed");
  });

  define("closing a writer unlocks its ref; closing it again does nothing", async ({ store, call }) => {
    const first = await store.writer("r", call);
    await first[Symbol.asyncDispose]();
    await using second = await store.writer("r", call);
    await first[Symbol.asyncDispose]();
    await assert.rejects(store.writer("r", call), isUnavailable, "the second holds it");
    await second.write(randomBlob().data);
  });

  define("committing unlocks the ref", async ({ store, call }) => {
    await using first = await store.writer("r", call);
    await first.write(randomBlob().data);
    await first.commit({ ...call });
    await using second = await store.writer("r", call);
    assert.equal(second.status().offset, 0n);
  });
}

function abortTests(define: Define): void {
  define("abort() of an unknown ref is NotFound", async ({ store, call }) => {
    await assert.rejects(store.abort("unknown", call), isNotFound);
  });

  define("abort() drops an ingest and its bytes", async (trial) => {
    const { store, call } = trial;
    await leave(trial, "r", randomBlob().data);
    await store.abort("r", call);
    await assert.rejects(store.status("r", call), isNotFound);
    await assert.rejects(store.abort("r", call), isNotFound);
    await using writer = await store.writer("r", call);
    assert.equal(writer.status().offset, 0n);
  });

  define("abort() works under an open writer, which then cannot commit", async (trial) => {
    const { store, call } = trial;
    const blob = randomBlob();
    {
      await using writer = await store.writer("r", call);
      await writer.write(blob.data);
      await store.abort("r", call);
      await assert.rejects(store.status("r", call), isNotFound);
      await assert.rejects(writer.commit({ ...call }));
    }
    await assert.rejects(store.info(blob.digest, call), isNotFound);
    assert.deepEqual(await store.listStatuses(call), []);
    await using writer = await store.writer("r", call);
    assert.equal(writer.status().offset, 0n);
  });
}
