import assert from "node:assert/strict";
import { isFailedPrecondition, isNotFound } from "@davit/errdefs";
import {
  gather,
  leave,
  listed,
  put,
  randomBlob,
  uniqueNamespace,
  type ContentSupports,
  type Define,
  type Trial,
} from "./trial.ts";

export function namespaceTests(define: Define, supports: ContentSupports): void {
  if (supports.namespaces !== true) return;
  separation(define);
  if (supports.sharing === true) sharing(define);
  else
    define("a blob of another namespace has to be sent again", async (trial) => {
      const blob = randomBlob();
      await put(trial, blob);
      const other = elsewhere(trial);
      await using writer = await other.store.writer("r", { ...other.call, expected: blob.digest });
      assert.equal(writer.status().offset, 0n);
      await writer.write(blob.data);
      assert.equal(await writer.commit({ ...other.call, expected: blob.digest }), blob.digest);
    });
}

const elsewhere = (trial: Trial): Trial => ({ ...trial, call: { namespace: uniqueNamespace() } });

function separation(define: Define): void {
  define("a blob is seen in its namespace alone", async (trial) => {
    const other = elsewhere(trial);
    const blob = randomBlob();
    await put(trial, blob);
    await assert.rejects(other.store.info(blob.digest, other.call), isNotFound);
    await assert.rejects(gather(other.store.read(blob.digest, other.call)), isNotFound);
    await assert.rejects(other.store.delete(blob.digest, other.call), isNotFound);
    assert.deepEqual(await listed(other), []);
    await put(other, blob);
    await trial.store.delete(blob.digest, trial.call);
    assert.deepEqual(await gather(other.store.read(blob.digest, other.call)), blob.data);
  });

  define("the same ref in two namespaces is two ingests", async (trial) => {
    const other = elsewhere(trial);
    await leave(trial, "r", randomBlob(10).data);
    await assert.rejects(other.store.status("r", other.call), isNotFound);
    await using mine = await trial.store.writer("r", trial.call);
    await using theirs = await other.store.writer("r", other.call);
    assert.deepEqual([mine.status().offset, theirs.status().offset], [10n, 0n]);
    await other.store.abort("r", other.call);
    assert.equal((await trial.store.status("r", trial.call)).offset, 10n);
  });

  define("a call without a namespace is FailedPrecondition", async (trial) => {
    const { store } = trial;
    const call = { namespace: "" };
    const { digest } = randomBlob();
    const calls = [
      () => store.info(digest, call),
      () => store.update({ digest, labels: {} }, call),
      () => listed({ ...trial, call }),
      () => store.delete(digest, call),
      () => gather(store.read(digest, call)),
      () => store.readerAt(digest, call),
      () => store.status("r", call),
      () => store.listStatuses(call),
      () => store.abort("r", call),
      () => store.writer("r", call),
    ];
    for (const each of calls) await assert.rejects(each, isFailedPrecondition, String(each));
  });
}

function sharing(define: Define): void {
  define("the writer of a blob that another namespace has needs no bytes", async (trial) => {
    const { store } = trial;
    const { call } = elsewhere(trial);
    const blob = randomBlob();
    await put(trial, blob);
    await using writer = await store.writer("r", { ...call, total: blob.sizeBytes, expected: blob.digest });
    assert.equal(writer.status().offset, blob.sizeBytes);
    assert.equal(writer.status().total, blob.sizeBytes);
    assert.equal(writer.digest(), blob.digest);
    const options = { ...call, sizeBytes: blob.sizeBytes, expected: blob.digest };
    assert.equal(await writer.commit(options), blob.digest);
    assert.deepEqual(await gather(store.read(blob.digest, call)), blob.data);
  });

  define("a writer that has its bytes from another namespace checks the size all the same", async (trial) => {
    const { store } = trial;
    const { call } = elsewhere(trial);
    const blob = randomBlob();
    await put(trial, blob);
    await using writer = await store.writer("r", { ...call, expected: blob.digest });
    await assert.rejects(writer.commit({ ...call, sizeBytes: 1n }), isFailedPrecondition);
    await assert.rejects(store.info(blob.digest, call), isNotFound);
  });
}
