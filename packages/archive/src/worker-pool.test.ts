import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { unpackPool, WorkerPool } from "@davit/archive";
import { isInternal, isResourceExhausted, isUnavailable } from "@davit/errdefs";
import { fails, Place } from "./testing/fixture.ts";
import { tar } from "./testing/tar.ts";

/** A worker that does as it is told: answers after a while, crashes, or eats memory. */
const script = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort, threadId } from "node:worker_threads";
    parentPort.on("message", ({ request }) => {
      if (request === "throw") throw new Error("on purpose");
      if (request === "exit") process.exit(3);
      if (request === "eat") for (const eaten = []; ; ) eaten.push(Array(1e5).fill({}).map(() => ({})));
      setTimeout(() => parentPort.postMessage({ type: "done", result: threadId }), request);
    });`)}`,
);
const pool = (options: object = {}) =>
  new WorkerPool<number | string, number, never>(script, { size: 2, ...options });

test("no more workers than allowed run, and requests beyond wait", async () => {
  await using workers = pool();
  const threads = await Promise.all(Array.from({ length: 6 }, () => workers.run(20)));
  assert.equal(new Set(threads).size, 2);
  assert.equal(workers.workers, 2);
});

test("workers start when needed and end when idle", async () => {
  await using workers = pool({ idleMs: 30 });
  assert.equal(workers.workers, 0);
  await workers.run(0);
  assert.equal(workers.workers, 1);
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(workers.workers, 0);
  assert.ok((await workers.run(0)) > 0);
});

test("a crash fails its own request, and the others go on with a new worker", async () => {
  await using workers = pool();
  const others = [workers.run(50), workers.run(50)];
  await fails(workers.run("throw"), isInternal, /worker thread crashed/);
  await fails(workers.run("exit"), isInternal, /worker thread ended with code 3/);
  assert.equal((await Promise.all(others)).length, 2);
  assert.ok((await workers.run(0)) > 0);
});

test("a worker out of memory is ResourceExhausted, and the process lives", async () => {
  await using workers = pool({ maxHeapMb: 16 });
  await fails(workers.run("eat"), isResourceExhausted, /out of memory/);
  assert.ok((await workers.run(0)) > 0);
});

test("a closed pool refuses, and drops what waits", async () => {
  const workers = pool({ size: 1 });
  const running = workers.run(100);
  const waiting = fails(workers.run(0), isUnavailable, /closed/);
  await workers[Symbol.asyncDispose]();
  await waiting;
  assert.ok((await running) > 0);
  await fails(workers.run(0), isUnavailable, /closed/);
  await workers[Symbol.asyncDispose]();
});

test("a pool of none is refused", () => {
  assert.throws(() => pool({ size: 0 }), RangeError);
});

test("an idle pool does not keep the process alive", () => {
  const index = new URL("./index.js", import.meta.url).href;
  const source = `import { applyLayer } from ${JSON.stringify(index)}; import fs from "node:fs";
    const root = fs.mkdtempSync("/tmp/davit-archive-"); fs.writeFileSync(root + "/layer", new Uint8Array(1024));
    await applyLayer({ source: { path: root + "/layer" }, root, mode: "naive" });
    fs.rmSync(root, { recursive: true }); console.log("done");`;
  const started = performance.now();
  const ran = spawnSync(process.execPath, ["--input-type=module", "-e", source], { encoding: "utf8" });
  assert.deepEqual([ran.stdout, ran.stderr, ran.status], ["done\n", "", 0]);
  assert.ok(performance.now() - started < 4000);
});

test("the pool of layers unpacks with the umask left as it is", async () => {
  await using layers = unpackPool({ size: 1 });
  using place = new Place();
  const before = process.umask(0o077);
  try {
    await place.apply(tar({ name: "parent/file", mode: 0o666 }), {}, { pool: layers });
    assert.equal(process.umask(), 0o077);
  } finally {
    process.umask(before);
  }
});

test("closing waits for every worker, and answers every request", async () => {
  const workers = pool();
  const quick = workers.run(1);
  const slow = workers.run(200);
  await quick;
  await workers[Symbol.asyncDispose]();
  assert.equal(workers.workers, 0);
  // The worker of this test does not look at the flag: it answers as if nothing had happened.
  assert.equal(typeof (await slow), "number");
});
