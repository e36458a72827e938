import assert from "node:assert/strict";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { isKind } from "@davit/errdefs";
import { bidi, clientStream, serverStream, unary } from "@davit/grpc";
import { EchoRequestSchema } from "./testing/echo.ts";
import { collect, frame, framed, RawClient, serve, until } from "./testing/harness.ts";

const MIB = 1 << 20;
const zipped = (text: string): Buffer =>
  framed(gzipSync(toBinary(EchoRequestSchema, create(EchoRequestSchema, { text }))), true);

test("15 MiB pass both ways, over 16 MiB is ResourceExhausted in grpc-go's words", async () => {
  let calls = 0;
  await using h = await serve({
    say: unary(async ({ data, count }) => {
      calls++;
      return { data: count > 0 ? new Uint8Array(count) : data };
    }),
  });
  const data = new Uint8Array(15 * MIB);
  assert.equal((await h.client.say({ data })).data.length, data.length);
  using raw = new RawClient(h.path);
  const big = frame({ data: new Uint8Array(17 * MIB) });
  const { trailers } = await raw.call("Say", [big]);
  assert.equal(trailers["grpc-status"], "8");
  assert.equal(
    trailers["grpc-message"],
    `grpc: received message larger than max (${big.length - 5} vs. 16777216)`,
  );
  assert.equal(calls, 1);
  await assert.rejects(
    h.client.say({ count: 17 * MIB }),
    /^ResourceExhaustedError: grpc: trying to send message larger than max \(17825797 vs\. 16777216\)/,
  );
});

test("the limits can be set, also for streams", async () => {
  await using h = await serve(
    {
      chat: bidi(async function* (requests) {
        for await (const { data } of requests) yield { data };
      }),
      count: serverStream(async function* ({ count }) {
        yield { data: new Uint8Array(count) };
      }),
    },
    { maxReceiveMessageSize: 1000, maxSendMessageSize: 100 },
  );
  const chat = (size: number) =>
    Array.fromAsync(
      h.client.chat(
        (async function* () {
          yield { data: new Uint8Array(size) };
        })(),
      ),
    );
  assert.equal((await chat(50)).length, 1);
  await assert.rejects(chat(150), /trying to send message larger than max \(152 vs\. 100\)|153 vs\. 100/);
  await assert.rejects(chat(2000), /received message larger than max \(2003 vs\. 1000\)/);
  await assert.rejects(Array.fromAsync(h.client.count({ count: 101 })), (err) =>
    isKind(err, "ResourceExhausted"),
  );
});

test("gzip requests are accepted, and answered plainly", async () => {
  await using h = await serve({ say: unary(async ({ text }) => ({ text })) });
  using raw = new RawClient(h.path);
  const { messages, trailers, headers } = await raw.call("Say", [zipped("zip")], {
    "grpc-encoding": "gzip",
    "grpc-accept-encoding": "gzip",
  });
  assert.equal(trailers["grpc-status"], "0");
  assert.equal(messages[0]?.text, "zip");
  assert.equal(headers["grpc-encoding"], undefined);
  // The header alone compresses nothing: the flag of each message says whether it is.
  const plain = await raw.call("Say", [frame({ text: "plain" })], { "grpc-encoding": "gzip" });
  assert.equal(plain.messages[0]?.text, "plain");
});

test("a gzip request that inflates beyond the limit, other encodings and broken gzip are refused", async () => {
  await using h = await serve({ say: unary(async () => ({})) });
  using raw = new RawClient(h.path);
  const status = async (body: Buffer, encoding?: string): Promise<unknown[]> => {
    const { trailers } = await raw.call("Say", [body], encoding ? { "grpc-encoding": encoding } : {});
    return [trailers["grpc-status"], trailers["grpc-message"]];
  };
  assert.deepEqual(await status(framed(gzipSync(new Uint8Array(40 * MIB)), true), "gzip"), [
    "8",
    "grpc: received message after decompression larger than max 16777216",
  ]);
  assert.deepEqual(await status(zipped("x"), "snappy"), [
    "12",
    'grpc: Decompressor is not installed for grpc-encoding "snappy"',
  ]);
  assert.deepEqual(await status(zipped("x")), [
    "13",
    "grpc: compressed flag set with identity or empty encoding",
  ]);
  assert.equal((await status(framed(Buffer.from("no gzip"), true), "gzip"))[0], "13");
});

test("70 KB of request headers, and a message of an error as long, pass", async () => {
  const text = "x".repeat(70_000);
  await using h = await serve({
    say: unary(async (_request, { lease }) => {
      throw new Error(lease);
    }),
  });
  using raw = new RawClient(h.path);
  const { trailers } = await raw.call("Say", [frame({})], { "containerd-lease": text });
  // The client's own limit is smaller than that of Go's; it either shows the message or ends the stream.
  if (trailers["grpc-status"] !== undefined) assert.equal(trailers["grpc-message"], text);
  await assert.rejects(h.client.say({}, { lease: "x".repeat(10_000) }), { message: "x".repeat(10_000) });
});

test("a malformed grpc-timeout is refused", async () => {
  let calls = 0;
  await using h = await serve({
    say: unary(async () => {
      calls++;
      return {};
    }),
  });
  using raw = new RawClient(h.path);
  for (const timeout of ["", "5", "S", "5x", "-1S", "1.5S", "123456789S", "1 S"]) {
    const { trailers } = await raw.call("Say", [frame({})], { "grpc-timeout": timeout });
    assert.equal(trailers["grpc-status"], "13", timeout);
    assert.match(String(trailers["grpc-message"]), /^malformed grpc-timeout: /);
  }
  assert.equal(calls, 0);
  for (const timeout of ["5H", "5M", "5S", "5000m", "5000000u", "99999999n"])
    assert.equal(
      (await raw.call("Say", [frame({})], { "grpc-timeout": timeout })).trailers["grpc-status"],
      "0",
      timeout,
    );
});

test("a deadline ends the call at once, whether the handler listens or not", async () => {
  const reasons: unknown[] = [];
  await using h = await serve({
    say: unary(async ({ text }, { signal }) => {
      signal?.addEventListener("abort", () => reasons.push(signal.reason));
      await sleep(400, undefined, text === "listen" && signal ? { signal } : {});
      return { text: "late" };
    }),
  });
  using raw = new RawClient(h.path);
  for (const text of ["listen", "deaf"]) {
    const started = Date.now();
    const { trailers } = await raw.call("Say", [frame({ text })], { "grpc-timeout": "40m" });
    assert.equal(trailers["grpc-status"], "4");
    assert.equal(trailers["grpc-message"], "context deadline exceeded");
    assert.ok(Date.now() - started < 350);
  }
  assert.ok(reasons.length === 2 && reasons.every((reason) => isKind(reason, "DeadlineExceeded")));
  const zero = await raw.call("Say", [frame({})], { "grpc-timeout": "0n" });
  assert.equal(zero.trailers["grpc-status"], "4");
});

test("a deadline frees a handler whose client does not read", async () => {
  let cleaned = false;
  await using h = await serve({
    count: serverStream(async function* () {
      try {
        for (;;) yield { data: new Uint8Array(MIB) };
      } finally {
        cleaned = true;
      }
    }),
  });
  using raw = new RawClient(h.path);
  raw.open("Count", { "grpc-timeout": "100m" }).end(frame({}));
  await until(() => cleaned, 3000);
});

test("a deadline also ends a call whose requests do not come", async () => {
  await using h = await serve({
    sum: clientStream(async (requests) => {
      for await (const _ of requests);
      return {};
    }),
  });
  using raw = new RawClient(h.path);
  const stream = raw.open("Sum", { "grpc-timeout": "30m" });
  const answer = collect(stream);
  stream.write(frame({}));
  assert.equal((await answer).trailers["grpc-status"], "4");
});

test("a client that cancels aborts the signal of the handler", async () => {
  const reasons: unknown[] = [];
  await using h = await serve({
    say: unary(
      (_request, { signal }) =>
        new Promise((_resolve, reject) =>
          signal?.addEventListener("abort", () => {
            reasons.push(signal.reason);
            reject(signal.reason as Error);
          }),
        ),
    ),
  });
  const mine = new AbortController();
  const call = h.client.say({}, { signal: mine.signal });
  setTimeout(() => mine.abort(new Error("my reason")), 30);
  await assert.rejects(call, /my reason/);
  await until(() => reasons.length === 1);
  assert.ok(isKind(reasons[0], "Canceled"));
});

test("more concurrent calls than allowed wait at the client", async () => {
  let now = 0;
  let most = 0;
  await using h = await serve(
    {
      say: unary(async () => {
        most = Math.max(most, ++now);
        await sleep(5);
        now--;
        return {};
      }),
    },
    { maxConcurrentStreams: 7 },
  );
  using raw = new RawClient(h.path);
  await new Promise((resolve) => raw.session.once("remoteSettings", resolve));
  await Promise.all(Array.from({ length: 50 }, () => raw.call("Say", [frame({})])));
  assert.ok(most <= 7, `${most} at once`);
});

test("pings of a client are answered, however many", async () => {
  await using h = await serve({ say: unary(async () => ({})) });
  using raw = new RawClient(h.path);
  await new Promise((resolve) => raw.session.once("connect", resolve));
  for (let i = 0; i < 200; i++)
    await new Promise<void>((resolve, reject) => raw.session.ping((err) => (err ? reject(err) : resolve())));
  assert.equal((await raw.call("Say", [frame({})])).trailers["grpc-status"], "0");
});

test("a client that answers no ping is taken for gone", async () => {
  await using h = await serve(
    { say: unary(async () => ({})) },
    { keepAlive: { timeMs: 20, timeoutMs: 100 } },
  );
  using alive = new RawClient(h.path);
  await sleep(200);
  assert.equal((await alive.call("Say", [frame({})])).trailers["grpc-status"], "0");
  const silent = connect(h.path);
  silent.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0");
  silent.resume();
  await new Promise((resolve) => silent.once("close", resolve));
});
