import assert from "node:assert/strict";
import { isFailedPrecondition, isInvalidArgument, isNotFound } from "@davit/errdefs";
import { listed, put, randomBlob, type ContentSupports, type Define } from "./trial.ts";

export function labelTests(define: Define, supports: ContentSupports): void {
  if (supports.labels === true) {
    keptLabels(define);
    updatedLabels(define);
  } else
    define("update() is FailedPrecondition where no labels are kept", async (trial) => {
      const { digest, ...blob } = randomBlob();
      await put(trial, { digest, ...blob });
      await assert.rejects(
        trial.store.update({ digest, labels: { a: "1" } }, trial.call),
        isFailedPrecondition,
      );
    });
}

function keptLabels(define: Define): void {
  define("labels given at the commit are kept, empty ones are not", async (trial) => {
    const blob = randomBlob();
    await put(trial, blob, { labels: { "containerd.io/x": "1", b: "two words", empty: "" } });
    const { labels } = await trial.store.info(blob.digest, trial.call);
    assert.deepEqual({ ...labels }, { "containerd.io/x": "1", b: "two words" });
  });

  define("list() takes filters by label", async (trial) => {
    const [a, b] = [randomBlob(), randomBlob()];
    await put(trial, a, { labels: { "containerd.io/x": "1" } });
    await put(trial, b, { labels: { "containerd.io/x": "2", y: "1" } });
    const digests = async (filter: string): Promise<string[]> =>
      (await listed(trial, [filter])).map(({ digest }) => digest);
    assert.deepEqual(await digests('labels."containerd.io/x"==1'), [a.digest]);
    assert.deepEqual(await digests("labels.y"), [b.digest]);
    assert.deepEqual(await digests("labels.y!=1"), [a.digest]);
    assert.deepEqual(await digests(`labels.y==1,digest==${a.digest}`), []);
  });

  define("a label may be 4096 bytes long with its key, and no longer", async (trial) => {
    const [short, long] = [randomBlob(), randomBlob()];
    await put(trial, short, { labels: { k: "v".repeat(4095) } });
    await assert.rejects(put(trial, long, { labels: { k: "v".repeat(4096) } }), isInvalidArgument);
    await assert.rejects(trial.store.info(long.digest, trial.call), isNotFound);
    const update = { digest: short.digest, labels: { k: "v".repeat(4096) } };
    await assert.rejects(trial.store.update(update, trial.call), isInvalidArgument);
  });
}

function updatedLabels(define: Define): void {
  define("update() without field paths replaces all labels", async (trial) => {
    const { store, call } = trial;
    const { digest, ...blob } = randomBlob();
    await put(trial, { digest, ...blob }, { labels: { a: "1", b: "2" } });
    const before = await store.info(digest, call);
    const updated = await store.update({ digest, labels: { b: "3", c: "4" } }, call);
    assert.deepEqual({ ...updated.labels }, { b: "3", c: "4" });
    assert.equal(updated.createdAt, before.createdAt);
    assert.ok(updated.updatedAt > before.updatedAt, "updatedAt moves on");
    assert.equal(updated.sizeBytes, blob.sizeBytes);
    assert.deepEqual(await store.info(digest, call), updated);
  });

  define("update() with field paths changes those labels alone; an empty value deletes", async (trial) => {
    const { store, call } = trial;
    const { digest, ...blob } = randomBlob();
    await put(trial, { digest, ...blob }, { labels: { a: "1", "b.c/d": "2", e: "3" } });
    const update = async (labels: Record<string, string>, ...fieldpaths: string[]): Promise<unknown> => ({
      ...(await store.update({ digest, labels }, { ...call, fieldpaths })).labels,
    });
    assert.deepEqual(await update({ "b.c/d": "9", e: "ignored" }, "labels.b.c/d"), {
      a: "1",
      "b.c/d": "9",
      e: "3",
    });
    assert.deepEqual(await update({ a: "" }, "labels.a"), { "b.c/d": "9", e: "3" });
    assert.deepEqual(await update({}, "labels.e"), { "b.c/d": "9" });
    assert.deepEqual(await update({ z: "1" }, "labels"), { z: "1" });
    assert.deepEqual({ ...(await store.info(digest, call)).labels }, { z: "1" });
  });

  define("update() of another field is InvalidArgument, and changes nothing", async (trial) => {
    const { store, call } = trial;
    const blob = randomBlob();
    await put(trial, blob, { labels: { a: "1" } });
    const update = store.update(
      { digest: blob.digest, labels: { a: "2" } },
      { ...call, fieldpaths: ["labels.a", "size"] },
    );
    await assert.rejects(update, isInvalidArgument);
    assert.deepEqual({ ...(await store.info(blob.digest, call)).labels }, { a: "1" });
  });

  define("update() of an absent digest is NotFound", async ({ store, call }) => {
    const { digest } = randomBlob();
    await assert.rejects(store.update({ digest, labels: { a: "1" } }, call), isNotFound);
  });
}
