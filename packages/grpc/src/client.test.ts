import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import { test } from "node:test";
import { isKind } from "@davit/errdefs";
import { bidi, clientStream, GrpcServer, implement, serverStream, unary } from "@davit/grpc";
import { createClient, openChannel, type Client } from "@davit/grpc/client";
import type { ServiceMethods } from "@davit/server";
import { Echo } from "./testing/echo.ts";
import { serve, temporary, until } from "./testing/harness.ts";

test("a call times out here and at the server", async () => {
  let reason: unknown;
  await using h = await serve({
    say: unary(async (_request, { signal }) => {
      signal?.addEventListener("abort", () => (reason = signal.reason));
      await sleep(500);
      return {};
    }),
  });
  await assert.rejects(h.client.say({}, { timeoutMs: 40 }), (err) => isKind(err, "DeadlineExceeded"));
  await until(() => reason !== undefined);
});

test("a signal that is aborted already keeps the call from being made", async () => {
  let calls = 0;
  await using h = await serve({
    say: unary(async () => {
      calls++;
      return {};
    }),
  });
  const signal = AbortSignal.abort(new Error("before"));
  await assert.rejects(h.client.say({}, { signal }), /before/);
  assert.throws(() => h.client.count({}, { signal }), /before/);
  assert.equal(calls, 0);
});

test("leaving a loop over responses cancels the call", async () => {
  let cleaned = false;
  await using h = await serve({
    count: serverStream(async function* (_request, { signal }) {
      try {
        for (let index = 0; ; index++) {
          yield { index };
          await sleep(1, undefined, { ...(signal && { signal }) });
        }
      } finally {
        cleaned = true;
      }
    }),
  });
  for await (const { index } of h.client.count({})) if (index === 3) break;
  await until(() => cleaned);
});

test("aborting the signal of a streaming call throws its reason", async () => {
  await using h = await serve({
    count: serverStream(async function* (_request, { signal }) {
      yield { index: 0 };
      await sleep(60_000, undefined, { ...(signal && { signal }) });
    }),
  });
  const mine = new AbortController();
  const stream = h.client.count({}, { signal: mine.signal });
  await stream.next();
  mine.abort(new Error("enough"));
  await assert.rejects(stream.next(), /enough/);
  assert.equal((await stream.next()).done, true);
});

test("a slow consumer holds up the server", async () => {
  let sent = 0;
  await using h = await serve({
    count: serverStream(async function* () {
      for (; sent < 500; sent++) yield { data: new Uint8Array(200_000) };
    }),
  });
  const stream = h.client.count({});
  await stream.next();
  await sleep(300);
  assert.ok(sent < 200, `${sent} messages were sent ahead`);
  let rest = 0;
  for await (const _ of stream) rest++;
  assert.equal(rest, 499);
});

test("requests that throw fail the call with what they threw", async () => {
  let reason: unknown;
  await using h = await serve({
    sum: clientStream(async (requests, { signal }) => {
      signal?.addEventListener("abort", () => (reason = signal.reason));
      // On a busy machine the call may have ended before it is seen here.
      if (signal?.aborted) reason = signal.reason;
      for await (const _ of requests);
      await sleep(5000, undefined, { ...(signal && { signal }) });
      return {};
    }),
    chat: bidi(async function* (requests) {
      for await (const { text } of requests) yield { text };
    }),
  });
  async function* broken() {
    yield { text: "x" };
    await sleep(20);
    throw new Error("no more");
  }
  await assert.rejects(h.client.sum(broken()), /no more/);
  await until(() => isKind(reason, "Canceled"));
  await assert.rejects(Array.fromAsync(h.client.chat(broken())), /no more/);
});

test("requests are asked for no more when the call has ended", async () => {
  await using h = await serve({
    chat: bidi(async function* () {
      yield { text: "bye" };
    }),
  });
  let cleaned = false;
  let asked = 0;
  async function* endless() {
    try {
      for (;;) {
        asked++;
        yield { text: "x" };
        await sleep(5);
      }
    } finally {
      cleaned = true;
    }
  }
  const answers = await Array.fromAsync(h.client.chat(endless()));
  assert.deepEqual(
    answers.map(({ text }) => text),
    ["bye"],
  );
  await until(() => cleaned);
  const after = asked;
  await sleep(30);
  assert.equal(asked, after);
});

test("a server that is not there is Unavailable, and is found when it comes", async () => {
  await using tmp = await temporary();
  const path = join(tmp.dir, "late.sock");
  using channel = openChannel(path, { maxBackoffMs: 200 });
  const client = createClient(Echo, channel);
  await assert.rejects(client.say({}), (err) => isKind(err, "Unavailable"));
  await assert.rejects(channel.ready(50), (err) => isKind(err, "Unavailable"));
  const services = [implement(Echo, { say: async ({ text }) => ({ text }) })];
  {
    await using first = new GrpcServer({ services });
    await first.listen({ path });
    await channel.ready(5000);
    assert.equal((await client.say({ text: "1" })).text, "1");
  }
  await using second = new GrpcServer({ services });
  await second.listen({ path });
  await channel.ready(5000);
  assert.equal((await client.say({ text: "2" })).text, "2");
});

test("more metadata can be sent, and a client serves where service methods are asked for", async () => {
  let type: string | undefined;
  await using h = await serve(
    { say: unary(async () => ({})) },
    {
      interceptors: [
        (call, next) => {
          type = `${String(call.headers["x-name"])} ${String(call.headers["x-raw-bin"])}`;
          return next();
        },
      ],
    },
  );
  const methods: ServiceMethods<typeof Echo> = h.client satisfies Client<typeof Echo>;
  await h.client.say({}, { metadata: { "x-name": "v", "x-raw-bin": new Uint8Array([1, 2]) } });
  assert.equal(type, "v AQI=");
  assert.equal(typeof methods.say, "function");
});
