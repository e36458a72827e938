import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Worker } from "node:worker_threads";
import { SnapshotDirectories, SnapshotStorage } from "@davit/snapshot-storage";

let dir = "";
before(() => {
  dir = mkdtempSync(join(tmpdir(), "davit-snapshot-directories-"));
});
after(() => rmSync(dir, { recursive: true }));

let count = 0;
async function opened(): Promise<
  AsyncDisposable & { storage: SnapshotStorage; directories: SnapshotDirectories; path: string }
> {
  const path = join(dir, `root-${count++}`);
  mkdirSync(path);
  await using stack = new AsyncDisposableStack();
  const storage = stack.use(new SnapshotStorage(join(path, "metadata.db")));
  const directories = stack.use(new SnapshotDirectories(join(path, "snapshots")));
  await directories.prepare();
  const held = stack.move();
  return {
    storage,
    directories,
    path: join(path, "snapshots"),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

const nothing = async (): Promise<void> => undefined;

test("a cleanup leaves what is being built alone", async () => {
  await using root = await opened();
  const { storage, directories } = root;
  const building = new AbortController();
  const built = building.signal;
  const cleaning = (async () => {
    while (!built.aborted) await directories.removeGarbage(storage);
  })();
  for (let i = 0; i < 100; i++)
    await directories.create(nothing, (place) =>
      storage.create("active", { key: `key-${i}`, parent: "" }, async ({ id }) => place(id)),
    );
  building.abort();
  await cleaning;
  assert.equal(readdirSync(root.path).length, 100);
});

test("a directory that cannot be removed does not keep a cleanup from the others", async (context) => {
  if (process.getuid?.() !== 0) return context.skip("needs root");
  await using root = await opened();
  const held = join(root.path, "1-held");
  mkdirSync(held);
  for (let i = 2; i < 5; i++) mkdirSync(join(root.path, String(i)));
  execFileSync("mount", ["-t", "tmpfs", "tmpfs", held]);
  try {
    await assert.rejects(root.directories.removeGarbage(root.storage));
  } finally {
    execFileSync("umount", [readdirSync(root.path).map((name) => join(root.path, name))[0] ?? held]);
  }
  assert.equal(readdirSync(root.path).length, 1);
  await root.directories.removeGarbage(root.storage);
  assert.deepEqual(readdirSync(root.path), []);
});

test("a tree deeper than any path can name is removed", async () => {
  await using root = await opened();
  const before = process.cwd();
  mkdirSync(join(root.path, "deep"));
  process.chdir(join(root.path, "deep"));
  for (let depth = 0; depth < 2500; depth++) {
    mkdirSync("directory");
    process.chdir("directory");
  }
  process.chdir(before);
  await root.directories.removeGarbage(root.storage);
  assert.deepEqual(readdirSync(root.path), []);
});

test("links are removed, and what they lead to stays", async () => {
  await using root = await opened();
  const outside = join(dir, "outside");
  mkdirSync(outside);
  writeFileSync(join(outside, "file"), "");
  mkdirSync(join(root.path, "7"));
  symlinkSync(outside, join(root.path, "7", "link"));
  symlinkSync(outside, join(root.path, "8"));
  await root.directories.remove("7");
  await root.directories.removeGarbage(root.storage);
  assert.deepEqual(readdirSync(root.path), []);
  assert.deepEqual(readdirSync(outside), ["file"]);
});

/** What a container that still runs may do to its layer: put a link in a directory's place, again and again. */
const SWAPPER = `
  const { workerData, parentPort } = require("node:worker_threads");
  const { mkdirSync, openSync, renameSync, symlinkSync, unlinkSync, writeFileSync } = require("node:fs");
  const stop = new Int32Array(workerData.stop);
  const place = "/proc/self/fd/" + openSync(workerData.layer, "r");
  const pause = () => Atomics.wait(stop, 0, 0, 0.3);
  for (let round = 0; Atomics.load(stop, 0) === 0; round++) {
    try {
      mkdirSync(place + "/victim");
      for (const name of workerData.names) writeFileSync(place + "/victim/" + name, "");
      if (round === 0) parentPort.postMessage("started");
      pause();
      renameSync(place + "/victim", place + "/away-" + round);
      symlinkSync(workerData.outside, place + "/victim");
      pause();
      unlinkSync(place + "/victim");
    } catch (error) {
      if (!["ENOENT", "EEXIST", "ENOTDIR", "EISDIR"].includes(error.code)) throw error;
      try { unlinkSync(place + "/victim"); } catch {}
    }
  }`;

test("a link that takes a directory's place during the removal leads nowhere", async () => {
  await using root = await opened();
  const outside = join(dir, "precious");
  mkdirSync(outside);
  const names = Array.from({ length: 100 }, (_, i) => `precious-${i}`);
  for (const name of names) writeFileSync(join(outside, name), "");
  for (let round = 0; round < 10; round++) {
    const layer = join(root.path, String(round));
    mkdirSync(layer);
    const stop = new SharedArrayBuffer(4);
    const worker = new Worker(SWAPPER, { eval: true, workerData: { layer, outside, names, stop } });
    const ended = once(worker, "exit");
    await once(worker, "message");
    // Nobody says that it ends well while somebody writes there.
    await root.directories.remove(String(round)).catch(() => undefined);
    Atomics.store(new Int32Array(stop), 0, 1);
    await ended;
  }
  assert.equal(readdirSync(outside).length, names.length);
  await root.directories.removeGarbage(root.storage);
  assert.deepEqual(readdirSync(root.path), []);
});
