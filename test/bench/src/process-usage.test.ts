import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { cpuSeconds, memoryOf, parseCpuSeconds } from "@davit/test-bench";
import { processesOf } from "./process-usage.ts";

test("processor time is that of the process and of the children it waited for", () => {
  const stat = "7 (a) b) c) S 1 7 7 0 -1 4194560 1 2 3 4 100 20 3 400 20 0 1 0 1 1";
  assert.equal(parseCpuSeconds(stat), 5.23);
  const before = cpuSeconds(process.pid);
  for (const end = performance.now() + 100; performance.now() < end;);
  assert.ok(cpuSeconds(process.pid) > before);
});

test("memory is resident, at most, and shared fairly", () => {
  const { rss, peak, pss } = memoryOf(process.pid);
  assert.ok(pss > 1e6 && pss <= rss && rss <= peak, `${pss} ${rss} ${peak}`);
});

test("processes are found by a path on their command line", async () => {
  const path = `/tmp/davit-bench-no-such-${process.pid}`;
  const child = spawn("sh", ["-c", "read line", path]);
  await once(child, "spawn");
  assert.deepEqual(processesOf(path), [child.pid]);
  child.stdin.end();
  await once(child, "exit");
  assert.deepEqual(processesOf(path), []);
});
