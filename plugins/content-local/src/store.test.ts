import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { contentStoreSuite } from "@davit/content-testsuite";
import { digestOf } from "@davit/digest";
import { isNotFound, isUnavailable } from "@davit/errdefs";
import { silent, type Logger } from "@davit/plugin";
import { LocalStore } from "@davit/plugin-content-local";
import { temporaryRoot, temporaryStore } from "./testing/temporary-root.ts";

contentStoreSuite({ test, open: () => temporaryStore(), supports: { immediateDelete: true, files: true } });

const call = { namespace: "default" };
const hello = Buffer.from("hello");
const HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/;
const ingestOf = (store: LocalStore, ref: string): string =>
  join(store.root, "ingest", createHash("sha256").update(ref).digest("hex"));

async function leave(store: LocalStore, ref: string, data: Buffer, total?: bigint): Promise<void> {
  await using writer = await store.writer(ref, { ...call, total });
  await writer.write(data);
}

test("an ingest is a directory of containerd's files", async () => {
  await using store = await temporaryStore();
  const layer = "sha256:4fbec69b941195fd56f8212a5000e304129451d82efca94ff0e0fb2d5355472e";
  const ref = `default/1/layer-${layer}`;
  await leave(store, ref, hello, 9n);
  const directory = join(
    store.root,
    "ingest/dad761b08bb78aa7faacdf57380cd498d956d024176b12c54ae41f40a9996e87",
  );
  assert.deepEqual((await readdir(directory)).toSorted(), ["data", "ref", "startedat", "total", "updatedat"]);
  const text = (name: string): Promise<string> => readFile(join(directory, name), "utf8");
  assert.equal(await text("ref"), ref);
  assert.equal(await text("data"), "hello");
  assert.equal(await text("total"), "9");
  assert.match(await text("startedat"), RFC3339);
  assert.match(await text("updatedat"), RFC3339);
  assert.equal((await stat(directory)).mode & 0o777, 0o777 & ~process.umask());
});

test("an ingest of unknown size has no file total", async () => {
  await using store = await temporaryStore();
  await leave(store, "r", hello);
  assert.ok(!(await readdir(ingestOf(store, "r"))).includes("total"));
});

test("a blob is a read-only file named by its digest, dated when it was committed", async () => {
  await using store = await temporaryStore();
  await leave(store, "r", hello);
  const before = Date.now();
  await using writer = await store.writer("r", call);
  await writer.commit({ ...call });
  const { mode, mtimeMs, size } = await stat(join(store.root, "blobs/sha256", HELLO));
  assert.equal(mode & 0o777, 0o444 & ~process.umask());
  assert.equal(size, 5);
  assert.ok(mtimeMs >= before - 1 && mtimeMs <= Date.now() + 1);
  assert.deepEqual(await readdir(join(store.root, "ingest")), []);
  const info = await store.info(digestOf(hello), call);
  assert.equal(info.createdAt / 1_000_000n, BigInt(Math.floor(mtimeMs)));
});

test("the root is made with mode 0755, and is known to the store", async () => {
  await using root = await temporaryRoot();
  const store = await LocalStore.open(join(root.path, "a/b"));
  assert.equal(store.root, join(root.path, "a/b"));
  assert.equal((await stat(store.root)).mode & 0o777, 0o755 & ~process.umask());
  assert.deepEqual(await readdir(store.root), []);
});

test("what another program puts among the blobs is not listed", async () => {
  await using store = await temporaryStore();
  await mkdir(join(store.root, "blobs/sha256"), { recursive: true });
  await mkdir(join(store.root, "blobs/md5"));
  await writeFile(join(store.root, "blobs/md5", "0".repeat(32)), "");
  await writeFile(join(store.root, "blobs/sha256/README"), "");
  await writeFile(join(store.root, "blobs/sha256", HELLO), "hello");
  const digests = [];
  for await (const { digest } of store.list(call)) digests.push(digest);
  assert.deepEqual(digests, [`sha256:${HELLO}`]);
});

test("the text of a locked ref says for how long and since when, as Go prints a time", async () => {
  await using store = await temporaryStore();
  await using _writer = await store.writer("ns/1/x", call);
  await assert.rejects(store.writer("ns/1/x", call), (err: Error) => {
    assert.ok(isUnavailable(err));
    assert.match(
      err.message,
      /^ref ns\/1\/x locked for [\d.]+(µs|ms|s) \(since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,9})? \+0000 UTC\): unavailable$/,
    );
    return true;
  });
});

test("an ingest whose total changed starts over, and the log says why", async () => {
  const lines: object[] = [];
  const log: Logger = { ...silent, info: (fields, message) => void lines.push({ ...fields, message }) };
  await using store = await temporaryStore({ log });
  await leave(store, "r", Buffer.alloc(100), 200n);
  await using writer = await store.writer("r", { ...call, total: 300n });
  assert.equal(writer.status().offset, 0n);
  assert.equal(writer.status().total, 300n);
  await writer.write(hello);
  assert.equal(
    await writer.commit({ ...call, sizeBytes: 5n }),
    digestOf(hello),
    "nothing is left of the old",
  );
  assert.deepEqual(lines, [
    {
      ref: "r",
      reason: "the total was 200 and is now 300",
      message: "ingest cannot be resumed, starting over",
    },
  ]);
});

test("an ingest keeps its total when it is resumed without one, and learns it when it had none", async () => {
  await using store = await temporaryStore();
  await leave(store, "r", hello, 10n);
  await leave(store, "r", hello);
  assert.equal((await store.status("r", call)).total, 10n);
  await leave(store, "s", hello);
  await leave(store, "s", hello, 10n);
  assert.equal((await store.status("s", call)).total, 10n);
});

for (const missing of ["ref", "data", "startedat", "updatedat"])
  test(`an ingest without ${missing} is none, and is removed at the next start`, async () => {
    await using store = await temporaryStore();
    await leave(store, "r", hello);
    await rename(join(ingestOf(store, "r"), missing), join(store.root, "moved"));
    await assert.rejects(store.status("r", call), isNotFound);
    assert.deepEqual(await store.listStatuses(call), []);
    await LocalStore.open(store.root);
    assert.deepEqual(await readdir(join(store.root, "ingest")), []);
  });

test("an ingest without its data starts over", async () => {
  await using store = await temporaryStore();
  await leave(store, "r", hello);
  await rename(join(ingestOf(store, "r"), "data"), join(store.root, "moved"));
  await using writer = await store.writer("r", call);
  assert.equal(writer.status().offset, 0n);
});

test("a commit of a file that lost bytes meanwhile is refused", async () => {
  await using store = await temporaryStore();
  await using writer = await store.writer("r", call);
  await writer.write(hello);
  await truncate(join(ingestOf(store, "r"), "data"), 3);
  await assert.rejects(writer.commit({ ...call }), /has 3 bytes where 5 were written: data loss/);
});

test("writing and resuming large blobs lets others have their turn", async () => {
  await using store = await temporaryStore();
  const data = Buffer.alloc(64 * 1024 * 1024, "0123456789");
  // Turns of the event loop, not time: how long each takes depends on what else the machine does.
  let turns = 0;
  let immediate = setImmediate(function turn() {
    turns++;
    immediate = setImmediate(turn);
  });
  await leave(store, "r", data);
  const writing = turns;
  await using writer = await store.writer("r", call);
  clearImmediate(immediate);
  assert.equal(writer.status().offset, BigInt(data.length));
  assert.ok(writing >= 64, `${writing} turns while 64 MiB were written`);
  assert.ok(turns - writing >= 64, `${turns - writing} turns while they were hashed again`);
});
