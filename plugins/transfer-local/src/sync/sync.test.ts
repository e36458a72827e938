import assert from "node:assert/strict";
import { test } from "node:test";
import { abortable, sleep } from "./abortable.ts";
import { KeyLocks } from "./key-locks.ts";
import { Limiter } from "./limiter.ts";
import { TaskGroup } from "./task-group.ts";

const never = new AbortController().signal;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("a limiter lets so many in, and the others in their order", async () => {
  const limiter = new Limiter(2);
  const entered: number[] = [];
  const places = [1, 2, 3, 4].map(async (n) => {
    const place = await limiter.acquire();
    entered.push(n);
    return place;
  });
  await turn();
  assert.deepEqual(entered, [1, 2]);
  const second = await places[1];
  second?.[Symbol.dispose]();
  second?.[Symbol.dispose]();
  await turn();
  assert.deepEqual(entered, [1, 2, 3]);
});

test("who gives up waiting holds no place", async () => {
  const limiter = new Limiter(1);
  const first = await limiter.acquire();
  const abort = new AbortController();
  const waiting = limiter.acquire(abort.signal);
  const last = limiter.acquire(never);
  abort.abort(new Error("enough"));
  await assert.rejects(waiting, { message: "enough" });
  first[Symbol.dispose]();
  (await last)[Symbol.dispose]();
  await assert.rejects(limiter.acquire(AbortSignal.abort()), { name: "AbortError" });
  (await limiter.acquire(never))[Symbol.dispose]();
});

test("a limit of 0 is none", async () => {
  const limiter = new Limiter(0);
  await Promise.all(Array.from({ length: 100 }, () => limiter.acquire()));
});

test("locks of different keys do not meet, those of one are held one after another", async () => {
  const locks = new KeyLocks();
  const a = await locks.acquire("a");
  (await locks.acquire("b"))[Symbol.dispose]();
  const abort = new AbortController();
  const gaveUp = locks.acquire("a", abort.signal);
  let isLocked = false;
  const second = locks.acquire("a").then((lock) => ((isLocked = true), lock));
  abort.abort();
  await assert.rejects(gaveUp, { name: "AbortError" });
  await turn();
  assert.equal(isLocked, false);
  a[Symbol.dispose]();
  a[Symbol.dispose]();
  (await second)[Symbol.dispose]();
});

test("when a task fails the others are told, and waited for", async () => {
  const group = new TaskGroup(never);
  let hasCleanedUp = false;
  void group.go(async () => {
    await sleep(10_000, group.signal).catch(() => {});
    await turn();
    hasCleanedUp = true;
    throw new Error("second");
  });
  void group.go(async () => {
    throw new Error("first");
  });
  await assert.rejects(group.wait(), { message: "first" });
  assert.equal(hasCleanedUp, true);
});

test("tasks started by tasks are waited for, and an abort from outside has the last word", async () => {
  const abort = new AbortController();
  const group = new TaskGroup(abort.signal);
  let ended = 0;
  void group.go(async () => {
    void group.go(async () => {
      await sleep(10, undefined);
      ended++;
    });
    ended++;
  });
  await group.wait();
  assert.equal(ended, 2);
  void group.go(() => sleep(10_000, group.signal)).catch(() => {});
  abort.abort(new Error("enough"));
  await assert.rejects(group.wait(), { message: "enough" });
});

test("abortable() does not wait for what goes on", async () => {
  const abort = new AbortController();
  const waiting = abortable(new Promise(() => {}), abort.signal);
  abort.abort(new Error("enough"));
  await assert.rejects(waiting, { message: "enough" });
  assert.equal(await abortable(Promise.resolve(1), never), 1);
  await assert.rejects(sleep(10_000, AbortSignal.timeout(1)), { name: "TimeoutError" });
});
