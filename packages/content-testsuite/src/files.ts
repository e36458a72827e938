import assert from "node:assert/strict";
import { readSync, writeSync } from "node:fs";
import { digestOf } from "@davit/digest";
import { isNotFound } from "@davit/errdefs";
import { gather, leave, put, randomBlob, type ContentSupports, type Define } from "./trial.ts";

export function fileTests(define: Define, supports: ContentSupports): void {
  if (supports.files !== true) return;
  define("source() gives the blob as an open file", async (trial) => {
    const { store, call } = trial;
    const blob = randomBlob();
    await put(trial, blob);
    await using source = await store.source?.(blob.digest, call);
    assert.ok(source);
    assert.equal(source.sizeBytes, blob.sizeBytes);
    const buffer = Buffer.alloc(blob.data.length);
    assert.equal(readSync(source.fd, buffer, 0, buffer.length, 0), buffer.length);
    assert.deepEqual(buffer, blob.data);
    await assert.rejects(async () => store.source?.(randomBlob().digest, call), isNotFound);
  });

  define("delegate() lets another thread write, and commit() takes its word", async (trial) => {
    const { store, call } = trial;
    const blob = randomBlob();
    await leave(trial, "r", blob.data.subarray(0, 400));
    await using writer = await store.writer("r", call);
    const delegation = writer.delegate?.();
    assert.ok(delegation);
    assert.equal(delegation.offset, 400n);
    await assert.rejects(writer.write(blob.data), "nothing else may be done with the writer meanwhile");
    writeSync(delegation.fd, blob.data, 400, 600, 400);
    assert.equal((await store.status("r", call)).offset, 1000n, "the growing file is seen");
    delegation.finished({ sizeBytes: 1000n, digest: blob.digest });
    assert.equal(writer.status().offset, 1000n);
    assert.equal(writer.digest(), blob.digest);
    assert.equal(await writer.commit({ ...call, expected: blob.digest }), blob.digest);
    assert.deepEqual(await gather(store.read(blob.digest, call)), blob.data);
  });

  define("a writer that was delegated may be written to afterwards", async ({ store, call }) => {
    const blob = randomBlob();
    await using writer = await store.writer("r", call);
    const delegation = writer.delegate?.();
    assert.ok(delegation);
    writeSync(delegation.fd, blob.data, 0, 600, 0);
    delegation.finished({ sizeBytes: 600n, digest: digestOf(blob.data.subarray(0, 600)) });
    await writer.write(blob.data.subarray(600));
    assert.equal(await writer.commit({ ...call }), blob.digest);
  });
}
