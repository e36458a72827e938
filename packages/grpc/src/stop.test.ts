import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { isKind } from "@davit/errdefs";
import { serverStream, unary } from "@davit/grpc";
import { frame, RawClient, serve, until } from "./testing/harness.ts";

test("stop() lets calls under way end, and takes no more", async () => {
  const gate = Promise.withResolvers<void>();
  let started = 0;
  await using h = await serve({
    say: unary(async ({ text }) => {
      started++;
      await gate.promise;
      return { text };
    }),
  });
  const running = h.client.say({ text: "running" });
  await until(() => started === 1);
  const stopped = h.server.stop();
  await sleep(30);
  assert.equal(existsSync(h.path), false);
  await assert.rejects(h.client.say({ text: "late" }, { timeoutMs: 500 }));
  gate.resolve();
  assert.equal((await running).text, "running");
  await stopped;
  assert.equal(started, 1);
});

test("stop() aborts what goes on beyond its time-out: clients get Unavailable, and what they were sent before", async () => {
  let cleaned = false;
  await using h = await serve({
    count: serverStream(async function* (_request, { signal }) {
      try {
        yield { index: 1 };
        await sleep(60_000, undefined, { ...(signal && { signal }) });
      } finally {
        cleaned = true;
      }
    }),
  });
  const stream = h.client.count({});
  assert.equal((await stream.next()).value?.index, 1);
  const started = Date.now();
  const rest = assert.rejects(stream.next(), (err) => isKind(err, "Unavailable"));
  await h.server.stop({ timeoutMs: 50 });
  await rest;
  assert.equal(cleaned, true);
  assert.ok(Date.now() - started < 1000);
});

test("stop() ends although a handler ignores its signal", async () => {
  let started = false;
  await using h = await serve({
    say: unary(() => {
      started = true;
      return new Promise(() => {});
    }),
  });
  const call = assert.rejects(h.client.say({}), (err) => isKind(err, "Unavailable"));
  await until(() => started);
  await h.server.stop({ timeoutMs: 20 });
  await call;
});

test("stop() closes idle connections at once, and twice is once", async () => {
  await using h = await serve({ say: unary(async () => ({})) });
  using raw = new RawClient(h.path);
  await raw.call("Say", [frame({})]);
  const goaway = new Promise((resolve) => raw.session.once("goaway", resolve));
  const closed = new Promise((resolve) => raw.session.once("close", resolve));
  const started = Date.now();
  await Promise.all([h.server.stop(), h.server.stop()]);
  assert.equal(await goaway, 0);
  await closed;
  assert.ok(Date.now() - started < 500);
  await assert.rejects(h.server.listen({ path: h.path }), (err) => isKind(err, "Unavailable"));
});
