import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { loopWatch } from "@davit/test-bench";
import { temporaryDirectory } from "@davit/test-support";

/** Does what it is told: computes or waits for some milliseconds, without a turn of the loop. */
const PROGRAM = `
import { Worker } from "node:worker_threads";
const cell = new Int32Array(new SharedArrayBuffer(4));
process.on("message", ({ compute = 0, wait = 0 }) => {
  for (const end = performance.now() + compute; performance.now() < end; );
  if (wait > 0) Atomics.wait(cell, 0, 0, wait);
  process.send({ options: process.env.NODE_OPTIONS ?? "none" });
});
new Worker("setTimeout(() => {}, 10)", { eval: true }).once("exit", () => process.send({}));
`;

test("gaps of a loop are reported with what the thread did in them", async () => {
  await using directory = temporaryDirectory();
  const file = directory.join("program.mjs");
  writeFileSync(file, PROGRAM);
  const watch = loopWatch(directory.path);
  // Not the test runner's own options: one makes of SIGUSR2 what it is not here.
  const child = fork(file, { env: { ...process.env, ...watch.env }, execArgv: [] });
  try {
    await once(child, "message");
    const pid = child.pid ?? 0;
    await watch.take(pid);

    child.send({ wait: 150 });
    const [answer] = await once(child, "message");
    assert.deepEqual(answer, { options: "none" }, "children are not watched");
    const waited = await watch.take(pid);
    assert.ok(waited.maxMs >= 140 && waited.p99Ms <= waited.maxMs, JSON.stringify(waited));
    const [sleep] = waited.gaps;
    assert.ok(sleep !== undefined && sleep.ms >= 140 && sleep.cpuMs < 100, JSON.stringify(waited));
    assert.ok(waited.heldMs >= 100 && waited.heldMs <= sleep.ms, JSON.stringify(waited));
    assert.ok(sleep.at >= waited.since && sleep.at <= waited.until);

    child.send({ compute: 150 });
    await once(child, "message");
    const computed = await watch.take(pid);
    const [work] = computed.gaps;
    assert.ok(work !== undefined && work.ms >= 140, JSON.stringify(computed));
    // Computing and waiting for a core are all that happened.
    assert.ok(work.cpuMs + work.queuedMs >= 120 && work.cpuMs >= 20, JSON.stringify(work));
    assert.ok(
      computed.gaps.every(({ at }) => at >= waited.until),
      "earlier gaps are reported once",
    );
  } finally {
    child.kill("SIGKILL");
  }
});
