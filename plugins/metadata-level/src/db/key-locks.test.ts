import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { KeyLocks } from "./key-locks.ts";

test("holders of one key follow each other in order of arrival, those of others do not wait", async () => {
  const locks = new KeyLocks();
  const order: string[] = [];
  const first = await locks.acquire(["a"]);
  const waiting = ["second", "third"].map(async (name) => {
    using _ = await locks.acquire(["a"]);
    order.push(name);
    await turn();
    order.push(`${name} ends`);
  });
  (await locks.acquire(["b"]))[Symbol.dispose]();
  assert.deepEqual(order, []);
  first[Symbol.dispose]();
  await Promise.all(waiting);
  assert.deepEqual(order, ["second", "second ends", "third", "third ends"]);
  assert.equal(locks.isHeld("a"), false);
});

test("whoever wants several keys never waits for one who waits for them", async () => {
  const locks = new KeyLocks();
  let running = 0;
  const work = async (keys: string[]) => {
    using _ = await locks.acquire(keys);
    assert.equal(++running, 1);
    await turn();
    running--;
  };
  await Promise.all(Array.from({ length: 20 }, (_, index) => work(index % 2 ? ["a", "b"] : ["b", "a", "a"])));
});

test("an aborted wait holds nothing and lets the next one in", async () => {
  const locks = new KeyLocks();
  const held = await locks.acquire(["b"]);
  const abort = new AbortController();
  const waiting = locks.acquire(["a", "b"], abort.signal);
  const behind = locks.acquire(["b"]);
  await turn();
  abort.abort(new Error("gone"));
  await assert.rejects(waiting, /gone/);
  assert.equal(locks.isHeld("a"), false);
  held[Symbol.dispose]();
  (await behind)[Symbol.dispose]();
  await assert.rejects(locks.acquire(["a"], abort.signal), /gone/);
  assert.equal(locks.isHeld("b"), false);
});
