import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { Database } from "./db/database.ts";
import { lastPart, prefixOf } from "./db/keys.ts";
import { KEPT, nameOf, WORKERS } from "./testing/crash-writer.ts";
import { temporaryDirectory } from "./testing/fixture.ts";
import { checkDerived } from "./testing/gc-records.ts";
import { random } from "./testing/random.ts";

const ROUNDS = 12;
const program = new URL("./testing/crash-writer.js", import.meta.url).pathname;

/** Lets the program write for a while after its first acknowledgement, and kills it. The last number of each worker. */
async function writeAndDie(root: string, starts: readonly number[], forMs: number): Promise<number[]> {
  const child = spawn(process.execPath, [program, root, ...starts.map(String)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  let output = "";
  const started = once(child.stdout, "data");
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(child.stdout, "end");
  await Promise.race([started, exited]);
  await wait(forMs);
  child.kill("SIGKILL");
  assert.deepEqual((await exited)[1], "SIGKILL", "it died before it was killed");
  await ended;
  const last = starts.map((start) => start - 1);
  for (const line of output.split("\n").slice(0, -1)) {
    const [worker = 0, number = 0] = line.split(" ").map(Number);
    last[worker] = number;
  }
  return last;
}

/** Of each worker, the numbers of the images there are. */
async function numbersIn(database: Database): Promise<number[][]> {
  const found: number[][] = Array.from({ length: WORKERS }, () => []);
  for await (const [key] of database.range(prefixOf("image"))) {
    const [, worker = "", number = ""] = /^worker-(\d+)\/(\d+)$/.exec(lastPart(key)) ?? [];
    found[Number(worker)]?.push(Number(number));
  }
  return found;
}

test("killed at any moment: what was acknowledged is there, and nothing is half written", async () => {
  await using directory = await temporaryDirectory();
  const next = random();
  let starts = Array.from({ length: WORKERS }, () => 0);
  for (let round = 0; round < ROUNDS; round++) {
    const last = await writeAndDie(directory.path, starts, next.below(150));
    await using database = await Database.open(join(directory.path, "meta.db"));
    const found = await numbersIn(database);
    starts = found.map((numbers, worker) => {
      const told = last[worker] ?? -1;
      const newest = numbers.at(-1) ?? -1;
      const where = `seed ${next.seed}, round ${round}, ${nameOf(worker, told)} told, ${newest} newest`;
      assert.ok(newest === told || newest === told + 1, where);
      const oldest = numbers[0] ?? 0;
      // Without gaps; one image more while a deletion was under way, or had not begun.
      assert.deepEqual(
        numbers,
        Array.from(numbers, (_, index) => oldest + index),
        where,
      );
      assert.ok(numbers.length >= Math.min(KEPT, newest + 1) && numbers.length <= KEPT + 1, where);
      return newest + 1;
    });
    await checkDerived(database);
  }
  assert.ok(
    starts.every((start) => start > ROUNDS),
    `every worker came far: ${starts}`,
  );
});
