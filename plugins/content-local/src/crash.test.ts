import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { digestOf } from "@davit/digest";
import { LocalStore } from "@davit/plugin-content-local";
import { temporaryRoot } from "./testing/temporary-root.ts";

const ROUNDS = 15;
const WORKER = new URL("./testing/crash-worker.js", import.meta.url).pathname;
const call = { namespace: "default" };

/** A generator of numbers below `n` that a seed repeats (mulberry32). */
function dice(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}

/** When to kill: so long after that many commits have been told. */
interface Moment {
  readonly commits: number;
  readonly afterMs: number;
}

/** Lets a process work on the store, kills it, and returns what it had told is done. */
async function crash(root: string, seed: number, { commits, afterMs }: Moment): Promise<Set<string>> {
  const child = spawn(process.execPath, [WORKER, root, String(seed)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  const durable = new Set<string>();
  const lines = createInterface({ input: child.stdout });
  let left = commits;
  const reached = new Promise<void>((resolve) => {
    lines.on("line", (line) => {
      const [word, digest = ""] = line.split(" ");
      // "delete" is said before it is done: from then on the blob may be there or not.
      if (word === "committed") durable.add(digest);
      else if (word === "delete") durable.delete(digest);
      if (word !== "delete" && left-- === 0) resolve();
    });
  });
  const read = new Promise((resolve) => lines.once("close", resolve));
  await Promise.race([reached, exited]);
  await sleep(afterMs);
  assert.equal(child.exitCode, null, "the worker ended by itself");
  child.kill("SIGKILL");
  await exited;
  await read;
  return durable;
}

const namesIn = (path: string): Promise<string[]> => (existsSync(path) ? readdir(path) : Promise.resolve([]));

async function verify(root: string, durable: ReadonlySet<string>): Promise<void> {
  const store = await LocalStore.open(root);
  // Both are made when they are first needed, and a process may be killed before that.
  for (const name of await readdir(root)) assert.ok(["blobs", "ingest"].includes(name), name);
  const found = new Set<string>();
  for (const name of await namesIn(join(root, "blobs/sha256"))) {
    const path = join(root, "blobs/sha256", name);
    assert.equal(digestOf(await readFile(path)), `sha256:${name}`, "a blob is whole");
    assert.equal((await stat(path)).mode & 0o777, 0o444 & ~process.umask());
    found.add(`sha256:${name}`);
  }
  for (const digest of durable) assert.ok(found.has(digest), `${digest} was committed and is gone`);
  const statuses = await store.listStatuses(call);
  assert.equal(statuses.length, (await namesIn(join(root, "ingest"))).length, "no ingest is half there");
  for (const { ref, offset } of statuses) {
    await using writer = await store.writer(ref, call);
    assert.equal(writer.status().offset, offset, "an ingest can be resumed");
    const name = createHash("sha256").update(ref).digest("hex");
    assert.equal(writer.digest(), digestOf(await readFile(join(root, "ingest", name, "data"))));
    await writer.write(Buffer.from("rest"));
  }
}

test("after kill -9 there are whole blobs and resumable ingests, and nothing else", async (t) => {
  const seed = Number(process.env["DAVIT_TEST_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
  t.diagnostic(`DAVIT_TEST_SEED=${seed}`);
  await using root = await temporaryRoot();
  const next = dice(seed);
  let committed = 0;
  for (let round = 0; round < ROUNDS; round++) {
    // At every other round early, where the first directories are made; else in the thick of it.
    const moment =
      round % 2 === 0 ? { commits: 0, afterMs: next(30) } : { commits: next(30), afterMs: next(20) };
    const durable = await crash(root.path, next(2 ** 31), moment);
    committed += durable.size;
    await verify(root.path, durable);
  }
  assert.ok(committed > 0, "no round came to commit anything");
});
