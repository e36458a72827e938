import assert from "node:assert/strict";
import type { Digest } from "@davit/digest";
import { isInvalidArgument, isNotFound } from "@davit/errdefs";
import { blobOf, furtherAlgorithms, gather, listed, put, randomBlob, type Define } from "./trial.ts";

/** Clocks of daemon and test may differ by so much, in nanoseconds. */
const SLACK = 2_000_000_000n;

export function blobTests(define: Define): void {
  define("info() of an absent digest is NotFound", async ({ store, call }) => {
    await assert.rejects(store.info(randomBlob().digest, call), isNotFound);
  });

  define("info() of what is no digest is InvalidArgument", async ({ store, call }) => {
    for (const text of ["", "sha256", "sha256:abc", "md5:00", "../../etc/passwd", `sha256:${"g".repeat(64)}`])
      await assert.rejects(store.info(text as Digest, call), isInvalidArgument, text);
  });

  define("info() tells digest, size and times of a blob", async ({ store, call }) => {
    const before = BigInt(Date.now()) * 1_000_000n;
    const blob = randomBlob();
    await put({ store, call }, blob);
    const info = await store.info(blob.digest, call);
    assert.equal(info.digest, blob.digest);
    assert.equal(info.sizeBytes, blob.sizeBytes);
    assert.deepEqual({ ...info.labels }, {});
    for (const time of [info.createdAt, info.updatedAt]) {
      assert.ok(time >= before - SLACK, `${time} is before the commit`);
      assert.ok(time <= BigInt(Date.now()) * 1_000_000n + SLACK, `${time} is in the future`);
    }
  });

  define("list() of an empty store is empty", async (trial) => {
    assert.deepEqual(await listed(trial), []);
  });

  define("list() yields every blob once, in byte order of the digest", async (trial) => {
    const blobs = Array.from({ length: 120 }, (_, index) => randomBlob(index + 1));
    for (const algorithm of furtherAlgorithms(trial.supports))
      blobs.push(blobOf(randomBlob().data, algorithm));
    for (const blob of blobs) await put(trial, blob);
    const infos = await listed(trial);
    assert.deepEqual(
      infos.map(({ digest }) => digest),
      blobs.map(({ digest }) => digest).toSorted(),
    );
    const sizes = new Map(blobs.map(({ digest, sizeBytes }) => [digest, sizeBytes]));
    for (const { digest, sizeBytes } of infos) assert.equal(sizeBytes, sizes.get(digest));
  });

  define("list() takes filters by digest, any of which may match", async (trial) => {
    const [a, b, c] = [randomBlob(), randomBlob(), randomBlob()];
    for (const blob of [a, b, c]) await put(trial, blob);
    const found = await listed(trial, [`digest==${a.digest}`, `digest=="${b.digest}"`]);
    assert.deepEqual(
      found.map(({ digest }) => digest),
      [a.digest, b.digest].toSorted(),
    );
    assert.equal((await listed(trial, [`digest!=${c.digest}`])).length, 2);
    assert.equal((await listed(trial, [""])).length, 3);
    assert.deepEqual(await listed(trial, ["size==1000"]), []);
  });

  define("list() with a filter that does not parse is InvalidArgument", async (trial) => {
    await assert.rejects(listed(trial, ["digest=="]), isInvalidArgument);
  });

  define("delete() removes a blob, and only that", async (trial) => {
    const { store, call } = trial;
    const [gone, kept] = [randomBlob(), randomBlob()];
    await put(trial, gone);
    await put(trial, kept);
    await store.delete(gone.digest, call);
    await assert.rejects(store.info(gone.digest, call), isNotFound);
    await assert.rejects(gather(store.read(gone.digest, call)), isNotFound);
    assert.deepEqual(
      (await listed(trial)).map(({ digest }) => digest),
      [kept.digest],
    );
    assert.deepEqual(await gather(store.read(kept.digest, call)), kept.data);
  });

  define("delete() of an absent digest is NotFound", async (trial) => {
    const { store, call } = trial;
    const blob = randomBlob();
    await assert.rejects(store.delete(blob.digest, call), isNotFound);
    await put(trial, blob);
    await store.delete(blob.digest, call);
    await assert.rejects(store.delete(blob.digest, call), isNotFound);
  });

  define("a blob that was deleted can be written again", async (trial) => {
    const { store, call, supports } = trial;
    const blob = randomBlob();
    await put(trial, blob, { ref: "first" });
    await store.delete(blob.digest, call);
    if (supports.immediateDelete === true) {
      await using writer = await store.writer("probe", { ...call, expected: blob.digest });
      assert.equal(writer.status().offset, 0n, "the bytes have gone");
    }
    await put(trial, blob, { ref: "second" });
    assert.deepEqual(await gather(store.read(blob.digest, call)), blob.data);
  });
}
