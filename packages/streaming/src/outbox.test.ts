import assert from "node:assert/strict";
import { test } from "node:test";
import { isCanceled, isFailedPrecondition } from "@davit/errdefs";
import { Outbox } from "@davit/streaming";

/** Whether a promise has been settled by now. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  const state = { settled: false };
  void promise.finally(() => (state.settled = true));
  await new Promise((resolve) => setImmediate(resolve));
  return state.settled;
}

test("a message is sent when the transport asks for the next", async () => {
  const outbox = new Outbox<string>();
  const first = outbox.send("a");
  const second = outbox.send("b");
  assert.deepEqual(await outbox.next(), { done: false, value: "a" });
  assert.equal(await settled(first), false);
  assert.deepEqual(await outbox.next(), { done: false, value: "b" });
  assert.equal(await settled(first), true);
  assert.equal(await settled(second), false);
});

test("end() lets out what waits, and refuses more", async () => {
  const outbox = new Outbox<string>();
  const sent = outbox.send("a");
  outbox.end();
  await assert.rejects(outbox.send("b"), isFailedPrecondition);
  assert.deepEqual(await Array.fromAsync(outbox), ["a"]);
  await sent;
});

test("a transport that waits is woken by a message, and by the end", async () => {
  const outbox = new Outbox<string>();
  const next = outbox.next();
  void outbox.send("a");
  assert.deepEqual(await next, { done: false, value: "a" });
  const end = outbox.next();
  outbox.end();
  assert.deepEqual(await end, { done: true, value: undefined });
});

test("a transport that takes no more rejects what is under way, what waits and what comes", async () => {
  const outbox = new Outbox<string>();
  const sends = [outbox.send("a"), outbox.send("b")];
  await outbox.next();
  await outbox.return();
  for (const send of [...sends, outbox.send("c")]) await assert.rejects(send, isCanceled);
  assert.deepEqual(await outbox.next(), { done: true, value: undefined });
});

test("the first failure stays", async () => {
  const outbox = new Outbox<string>();
  const waiting = outbox.next();
  outbox.fail(new Error("first"));
  outbox.fail(new Error("second"));
  assert.equal((await waiting).done, true);
  await assert.rejects(outbox.send("a"), /first/);
});
