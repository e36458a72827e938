import assert from "node:assert/strict";
import { digestOf, type Algorithm } from "@davit/digest";
import { isAlreadyExists, isCanceled, isFailedPrecondition, isNotFound } from "@davit/errdefs";
import {
  blobOf,
  furtherAlgorithms,
  gather,
  leave,
  put,
  randomBlob,
  type Blob,
  type ContentSupports,
  type Define,
  type Trial,
} from "./trial.ts";

export function commitTests(define: Define, supports: ContentSupports): void {
  goodCommits(define);
  for (const algorithm of furtherAlgorithms(supports)) otherAlgorithm(define, algorithm);
  refusedCommits(define);
  repeatedCommits(define);
}

function goodCommits(define: Define): void {
  define("commit() makes the blob visible and ends the ingest", async ({ store, call }) => {
    const blob = randomBlob();
    await using writer = await store.writer("r", { ...call, total: blob.sizeBytes, expected: blob.digest });
    await writer.write(blob.data);
    const digest = await writer.commit({ ...call, sizeBytes: blob.sizeBytes, expected: blob.digest });
    assert.equal(digest, blob.digest);
    assert.deepEqual(await gather(store.read(blob.digest, call)), blob.data);
    await assert.rejects(store.status("r", call), isNotFound);
    assert.deepEqual(await store.listStatuses(call), []);
  });

  define("commit() without size and digest takes what was written", async ({ store, call }) => {
    const blob = randomBlob();
    await using writer = await store.writer("r", call);
    await writer.write(blob.data);
    assert.equal(await writer.commit({ ...call }), blob.digest);
    assert.equal((await store.info(blob.digest, call)).sizeBytes, blob.sizeBytes);
  });

  define("a blob may be empty", async (trial) => {
    const { store, call } = trial;
    const empty = blobOf(Buffer.alloc(0));
    await using writer = await store.writer("empty", { ...call, expected: empty.digest });
    assert.equal(await writer.commit({ ...call, expected: empty.digest }), digestOf(""));
    assert.equal((await store.info(empty.digest, call)).sizeBytes, 0n);
    assert.equal((await gather(store.read(empty.digest, call))).length, 0);
  });
}

function otherAlgorithm(define: Define, algorithm: Algorithm): void {
  define(`a blob may be known by its ${algorithm}, told first`, async (trial) => {
    const blob = blobOf(randomBlob().data, algorithm);
    await put(trial, blob);
    assert.deepEqual(await gather(trial.store.read(blob.digest, trial.call)), blob.data);
  });

  define(`a blob may be known by its ${algorithm}, told at the commit`, async ({ store, call }) => {
    const blob = blobOf(randomBlob().data, algorithm);
    await using writer = await store.writer("r", call);
    await writer.write(blob.data);
    assert.equal(await writer.commit({ ...call, expected: blob.digest }), blob.digest);
    assert.deepEqual(await gather(store.read(blob.digest, call)), blob.data);
  });
}

function refusedCommits(define: Define): void {
  define("commit() of another size is FailedPrecondition, and the ingest stays", async (trial) => {
    const { store, call } = trial;
    const blob = randomBlob();
    for (const sizeBytes of [blob.sizeBytes + 1n, blob.sizeBytes - 1n]) {
      await using writer = await store.writer("r", call);
      if (writer.status().offset === 0n) await writer.write(blob.data);
      await assert.rejects(writer.commit({ ...call, sizeBytes }), isFailedPrecondition);
    }
    await commitsLater(trial, blob);
  });

  define("commit() of another digest is FailedPrecondition, and the ingest stays", async (trial) => {
    const { store, call } = trial;
    const [blob, other] = [randomBlob(), randomBlob()];
    {
      await using writer = await store.writer("r", call);
      await writer.write(blob.data);
      await assert.rejects(writer.commit({ ...call, expected: other.digest }), (err: Error) => {
        assert.ok(isFailedPrecondition(err), String(err));
        assert.match(
          err.message,
          new RegExp(`unexpected commit digest ${blob.digest}, expected ${other.digest}`),
        );
        return true;
      });
    }
    await assert.rejects(store.info(other.digest, call), isNotFound);
    await commitsLater(trial, blob);
  });

  define("commit() on a closed writer is FailedPrecondition", async (trial) => {
    const { store, call } = trial;
    const blob = randomBlob();
    const closed = await store.writer("r", call);
    await closed.write(blob.data);
    await closed[Symbol.asyncDispose]();
    await assert.rejects(closed.commit({ ...call }), isFailedPrecondition);
    await assert.rejects(closed.write(blob.data));
    await commitsLater(trial, blob);
  });

  define("commit() under an aborted signal commits nothing", async (trial) => {
    const { store, call } = trial;
    const blob = randomBlob();
    {
      await using writer = await store.writer("r", call);
      await writer.write(blob.data);
      await assert.rejects(writer.commit({ ...call, signal: AbortSignal.abort() }), isCanceled);
    }
    await commitsLater(trial, blob);
  });
}

/** The ingest `r` holds the blob, uncommitted, and can be committed now. */
async function commitsLater({ store, call }: Trial, blob: Blob): Promise<void> {
  await assert.rejects(store.info(blob.digest, call), isNotFound);
  assert.equal((await store.status("r", call)).offset, blob.sizeBytes);
  await using writer = await store.writer("r", call);
  assert.equal(writer.digest(), blob.digest);
  assert.equal(
    await writer.commit({ ...call, sizeBytes: blob.sizeBytes, expected: blob.digest }),
    blob.digest,
  );
  assert.deepEqual(await gather(store.read(blob.digest, call)), blob.data);
}

function repeatedCommits(define: Define): void {
  define("writer() for a blob that is there is AlreadyExists, and leaves no ingest", async (trial) => {
    const { store, call } = trial;
    const blob = randomBlob();
    await put(trial, blob);
    await assert.rejects(store.writer("again", { ...call, expected: blob.digest }), (err: Error) => {
      assert.ok(isAlreadyExists(err), String(err));
      assert.match(err.message, new RegExp(`^content ${blob.digest}: already exists$`));
      return true;
    });
    assert.deepEqual(await store.listStatuses(call), []);
    await using writer = await store.writer("again", call);
    assert.equal(writer.status().offset, 0n, "the ref is not locked");
  });

  define("commit() of a blob that is there is AlreadyExists, and ends the ingest", async (trial) => {
    const { store, call } = trial;
    const blob = randomBlob();
    await put(trial, blob);
    {
      await using writer = await store.writer("again", call);
      await writer.write(blob.data);
      await assert.rejects(writer.commit({ ...call, expected: blob.digest }), isAlreadyExists);
    }
    await assert.rejects(store.status("again", call), isNotFound);
    assert.deepEqual(await gather(store.read(blob.digest, call)), blob.data);
  });

  define("many writers of one blob: the blob is there once, and nothing else is left", async (trial) => {
    const { store, call } = trial;
    const blob = randomBlob(50_000);
    await Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        await using writer = await store.writer(`r${index}`, call);
        await writer.write(blob.data);
        await writer.commit({ ...call, expected: blob.digest }).catch((err: unknown) => {
          assert.ok(isAlreadyExists(err), String(err));
        });
      }),
    );
    assert.deepEqual(await gather(store.read(blob.digest, call)), blob.data);
    assert.deepEqual(await store.listStatuses(call), []);
  });

  define("a ref may be used again for another blob", async (trial) => {
    const blobs = [randomBlob(), randomBlob()];
    for (const blob of blobs) await put(trial, blob, { ref: "same" });
    for (const blob of blobs)
      assert.deepEqual(await gather(trial.store.read(blob.digest, trial.call)), blob.data);
    await leave(trial, "same", randomBlob(5).data);
    assert.equal((await trial.store.status("same", trial.call)).offset, 5n);
  });
}
