// Works on a store until it is killed: node crash-worker.js ROOT SEED. What it has done it says on its standard output.
import { randomBytes } from "node:crypto";
import { writeSync } from "node:fs";
import type { Digest } from "@davit/digest";
import { LocalStore } from "@davit/plugin-content-local";

const call = { namespace: "default" };
const [, , root = "", seedText = "0"] = process.argv;
let seed = Number(seedText);
const dice = (n: number): number => {
  seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
  return (seed >> 8) % n;
};
// Synchronous, so that what is said is said before anything else is done.
const say = (line: string): number => writeSync(1, `${line}\n`);
const committed: Digest[] = [];

async function ingest(store: LocalStore, ref: string): Promise<void> {
  await using writer = await store.writer(ref, { ...call, total: 0n });
  for (let writes = dice(6); writes > 0; writes--) await writer.write(randomBytes(dice(100_000)));
  const fate = dice(10);
  if (fate === 0) return;
  if (fate === 1) return store.abort(ref, call);
  if (fate === 2) await writer.truncate(0n);
  await writer.write(randomBytes(16));
  const digest = await writer.commit(call);
  say(`committed ${digest}`);
  committed.push(digest);
}

async function remove(store: LocalStore): Promise<void> {
  const digest = committed.splice(dice(committed.length), 1)[0];
  if (digest === undefined) return;
  say(`delete ${digest}`);
  await store.delete(digest, call);
}

async function work(store: LocalStore, name: string): Promise<never> {
  for (;;) {
    await ingest(store, `${name}-${dice(4)}`);
    if (dice(4) === 0) await remove(store);
  }
}

const store = await LocalStore.open(root);
say("ready");
await Promise.all(["a", "b", "c"].map((name) => work(store, name)));
