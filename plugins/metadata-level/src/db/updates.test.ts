import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { isUnavailable } from "@davit/errdefs";
import { Database, type Changes } from "./database.ts";
import { endOf, keyOf, prefixOf } from "./keys.ts";
import type { Transaction } from "./overlay.ts";
import type { Entry } from "./reader.ts";
import { Updates, type Target } from "./updates.ts";
import { random, type Random } from "../testing/random.ts";
import { gather, temporaryDirectory } from "../testing/fixture.ts";

/** A database that counts its writes, and fails those that it is told to. */
class CountingTarget implements Target {
  readonly #database: Database;
  readonly written: Changes[] = [];
  failure: Error | undefined;

  constructor(database: Database) {
    this.#database = database;
  }
  get(key: string): Promise<string | undefined> {
    return this.#database.get(key);
  }
  range(prefix: string): AsyncIterable<Entry> {
    return this.#database.range(prefix);
  }
  async write(changes: Changes): Promise<void> {
    const { failure } = this;
    this.failure = undefined;
    if (failure !== undefined) throw failure;
    await this.#database.write(changes);
    this.written.push(changes);
  }
}

async function open(): Promise<
  AsyncDisposable & { readonly target: CountingTarget; readonly updates: Updates }
> {
  await using stack = new AsyncDisposableStack();
  const directory = stack.use(await temporaryDirectory());
  const target = new CountingTarget(stack.use(await Database.open(`${directory.path}/db`)));
  const held = stack.move();
  return { target, updates: new Updates(target), [Symbol.asyncDispose]: () => held.disposeAsync() };
}

const put =
  (key: string, value = "") =>
  async (tx: Transaction): Promise<void> =>
    tx.put(key, value);

test("updates that wait share a write, and each sees those before it", async () => {
  await using fixture = await open();
  const { target, updates } = fixture;
  const key = keyOf("counter");
  const add = async (tx: Transaction): Promise<number> => {
    const next = Number((await tx.get(key)) ?? 0) + 1;
    tx.put(key, String(next));
    return next;
  };
  const results = await Promise.all(Array.from({ length: 200 }, () => updates.update(add)));
  assert.deepEqual(
    results,
    results.map((_, index) => index + 1),
  );
  assert.equal(await target.get(key), "200");
  assert.ok(target.written.length < 20, `200 updates took ${target.written.length} writes`);
});

test("an update that throws leaves nothing, and does not harm those it shares a write with", async () => {
  await using fixture = await open();
  const { target, updates } = fixture;
  const outcomes = await Promise.allSettled([
    updates.update(put("a")),
    updates.update(async (tx) => {
      tx.put("b", "");
      throw new Error("no");
    }),
    updates.update(async (tx) => assert.equal(await tx.get("b"), undefined)),
    updates.update(put("c")),
  ]);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled", "fulfilled"],
  );
  assert.deepEqual(
    [await target.get("a"), await target.get("b"), await target.get("c")],
    ["", undefined, ""],
  );
});

test("when a write fails, all that share it fail, and the next ones go on", async () => {
  await using fixture = await open();
  const { target, updates } = fixture;
  target.failure = new Error("disk on fire");
  const outcomes = await Promise.allSettled([updates.update(put("a")), updates.update(put("b"))]);
  for (const outcome of outcomes)
    assert.match(String((outcome as PromiseRejectedResult).reason), /disk on fire/);
  await updates.update(put("c"));
  assert.deepEqual([await target.get("a"), await target.get("c")], [undefined, ""]);
});

test("nothing is seen before it is on the disk", async () => {
  await using fixture = await open();
  const { target, updates } = fixture;
  const writing = updates.update(put("a"));
  assert.equal(await target.get("a"), undefined);
  await writing;
  assert.equal(await target.get("a"), "");
});

test("an update that only reads writes nothing and is no mutation", async () => {
  await using fixture = await open();
  const { target, updates } = fixture;
  const mutations: boolean[] = [];
  const listening = updates.onMutation((deleted) => mutations.push(deleted));
  await updates.update((tx) => tx.get("a"));
  assert.equal(target.written.length, 0);
  await updates.update(put("a"));
  await updates.update(async (tx) => {
    tx.delete("a");
    tx.noteDeletion();
  });
  await turn();
  assert.deepEqual(mutations, [false, true]);
  listening[Symbol.dispose]();
  await updates.update(put("b"));
  await turn();
  assert.equal(mutations.length, 2);
});

test("an aborted update does not run", async () => {
  await using fixture = await open();
  const { updates } = fixture;
  const ran: string[] = [];
  const first = updates.update(async () => ran.push("first"));
  const aborted = updates.update(async () => ran.push("second"), AbortSignal.abort(new Error("gone")));
  await assert.rejects(aborted, /gone/);
  await first;
  assert.deepEqual(ran, ["first"]);
});

test("close() waits for what was taken, and takes nothing more", async () => {
  await using fixture = await open();
  const { target, updates } = fixture;
  const writing = updates.update(put("a"));
  await updates.close();
  assert.equal(await target.get("a"), "");
  await writing;
  await assert.rejects(updates.update(put("b")), isUnavailable);
});

/** Runs random operations on a transaction and on a map, which must agree at every step. */
async function trial(tx: Transaction, model: Map<string, string>, next: Random): Promise<void> {
  const keys = Array.from({ length: 12 }, (_, index) =>
    keyOf("k", ["a", "b", "é", "😀"][index % 4] ?? "", `${index}`),
  );
  for (let step = 0; step < 20; step++) {
    const key = next.pick(keys);
    const value = String(next.below(1000));
    const prefix = next.pick([prefixOf("k"), prefixOf("k", "a"), prefixOf("k", "😀"), prefixOf("none")]);
    switch (next.below(4)) {
      case 0:
        tx.put(key, value);
        model.set(key, value);
        break;
      case 1:
        tx.delete(key);
        model.delete(key);
        break;
      case 2:
        assert.equal(await tx.get(key), model.get(key));
        break;
      default:
        assert.deepEqual(await gather(tx.range(prefix)), sortedRange(model, prefix));
    }
  }
}

const bytes = (text: string): Buffer => Buffer.from(text);
const sortedRange = (model: Map<string, string>, prefix: string): Entry[] =>
  [...model]
    .filter(([key]) => bytes(key).compare(bytes(prefix)) >= 0 && bytes(key).compare(bytes(endOf(prefix))) < 0)
    .toSorted(([a], [b]) => bytes(a).compare(bytes(b)));

test("an update reads its own writes, those before it, and none of one that failed", async () => {
  await using fixture = await open();
  const { target, updates } = fixture;
  const next = random();
  const model = new Map<string, string>();
  for (let round = 0; round < 25; round++) {
    const group = Array.from({ length: 1 + next.below(6) }, () =>
      updates.update(async (tx) => {
        const mine = new Map(model);
        await trial(tx, mine, next);
        if (next.below(4) === 0) throw new Error("given up");
        model.clear();
        for (const [key, value] of mine) model.set(key, value);
      }),
    );
    for (const outcome of await Promise.allSettled(group))
      if (outcome.status === "rejected")
        assert.match(String(outcome.reason), /given up/, `seed ${next.seed}`);
    assert.deepEqual(
      await gather(target.range(prefixOf("k"))),
      sortedRange(model, prefixOf("k")),
      `seed ${next.seed}`,
    );
  }
});
