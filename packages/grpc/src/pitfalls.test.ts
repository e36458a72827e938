// The twelve pitfalls of a gRPC server on node:http2 that were met when it was measured; each has its test, by number.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { isKind, NotFoundError } from "@davit/errdefs";
import { bidi, clientStream, encoded, serverStream, unary } from "@davit/grpc";
import { EchoResponseSchema } from "./testing/echo.ts";
import { collect, FrameClient, frame, framed, RawClient, serve, until } from "./testing/harness.ts";

const MIB = 1 << 20;

test("pitfall 1: a client that resets streams or cuts the connection ends no server", async () => {
  let open = 0;
  await using h = await serve({
    say: unary(async () => ({})),
    chat: bidi(async function* (requests) {
      open++;
      try {
        for await (const _ of requests) yield { data: new Uint8Array(100_000) };
      } finally {
        open--;
      }
    }),
  });
  for (let i = 0; i < 10; i++) {
    using frames = new FrameClient(h.path);
    for (const id of [1, 3, 5]) {
      frames.open(id, "Chat");
      frames.data(id, frame({ text: "x" }));
    }
    await until(() => open > 0);
    if (i % 2 === 0) for (const id of [1, 3, 5]) frames.reset(id);
  }
  const garbage = connect(h.path).on("error", () => {});
  garbage.end("GET / HTTP/1.1\r\n\r\n".repeat(100));
  await until(() => open === 0);
  await h.client.say({});
});

test("pitfall 2: a client that is killed half-way ends the requests with an error, and commits nothing", async () => {
  const outcomes: string[] = [];
  let received = 0;
  await using h = await serve({
    sum: clientStream(async (requests) => {
      try {
        for await (const _ of requests) received++;
        outcomes.push("end");
      } catch (err) {
        outcomes.push(isKind(err, "Canceled") ? "canceled" : String(err));
      } finally {
        outcomes.push("finally");
      }
      return {};
    }),
  });
  for (let i = 1; i <= 20; i++) {
    using frames = new FrameClient(h.path);
    frames.open(1, "Sum");
    frames.data(1, frame({ text: "half" }));
    await until(() => received === i);
    if (i % 2 === 0) frames.reset(1);
  }
  await until(() => outcomes.length === 40);
  assert.deepEqual(new Set(outcomes), new Set(["canceled", "finally"]));
});

test("pitfall 2: an end of stream with a reset behind it aborts the signal of the handler", async () => {
  let aborted = false;
  let cleaned = false;
  await using h = await serve({
    sum: clientStream(async (requests, { signal }) => {
      try {
        for await (const _ of requests);
        await sleep(5000, undefined, { ...(signal && { signal }) });
        return {};
      } finally {
        aborted = signal?.aborted ?? false;
        cleaned = true;
      }
    }),
  });
  using raw = new RawClient(h.path);
  const stream = raw.open("Sum");
  stream.write(frame({ text: "x" }));
  await sleep(50);
  stream.close(8); // Node sends an end of stream before the reset
  await until(() => cleaned);
  assert.equal(aborted, true);
});

test("pitfall 3: hundreds of calls with large messages at once on one connection are all answered", async () => {
  await using h = await serve({
    say: unary(async ({ data }) => {
      await sleep(20);
      return { data };
    }),
  });
  const data = new Uint8Array(200_000).fill(7);
  const answers = await Promise.all(Array.from({ length: 500 }, () => h.client.say({ data })));
  assert.ok(answers.every((answer) => answer.data.length === data.length));
});

test("pitfall 3: thousands of resets on one connection are not taken for an attack", async () => {
  await using h = await serve({ chat: bidi(async function* () {}), say: unary(async () => ({})) });
  using raw = new RawClient(h.path);
  for (let i = 0; i < 3000; i++) raw.open("Say").close(8);
  const { trailers } = await raw.call("Say", [frame({})]);
  assert.equal(trailers["grpc-status"], "0");
});

test("pitfall 4: a handler whose client goes while it waits for room is ended, and not before", async () => {
  let sent = 0;
  let cleaned = false;
  await using h = await serve({
    count: serverStream(async function* () {
      try {
        for (;;) {
          yield { data: new Uint8Array(MIB) };
          sent++;
        }
      } finally {
        cleaned = true;
      }
    }),
  });
  using raw = new RawClient(h.path);
  const stream = raw.open("Count");
  stream.end(frame({})); // nothing is read: the window fills
  await sleep(100);
  const stuck = sent;
  assert.ok(stuck < 20, `${stuck} MiB were sent to a client that reads nothing`);
  await sleep(50);
  assert.equal(sent, stuck);
  assert.equal(cleaned, false);
  stream.close(8);
  await until(() => cleaned);
});

test("pitfall 5: encoded bytes may be filled again when the generator is resumed", async () => {
  const buffer = Buffer.alloc(MIB + 4);
  await using h = await serve({
    count: serverStream(async function* ({ count }) {
      // EchoResponse.data: field 3, length-delimited, one MiB as a varint.
      buffer.set([0x1a, 0x80, 0x80, 0x40]);
      for (let index = 0; index < count; index++) yield encoded(buffer.fill(index, 4));
    }),
  });
  let next = 0;
  for await (const { data } of h.client.count({ count: 64 })) {
    assert.equal(data.length, MIB);
    assert.ok(data.every((byte) => byte === next));
    if (next++ % 8 === 0) await sleep(5); // now and then the window is full
  }
  assert.equal(next, 64);
});

test("pitfall 5: a generator is not resumed, but ended, when its bytes did not leave", async () => {
  let resumed = 0;
  let cleaned = false;
  const buffer = toBinary(EchoResponseSchema, create(EchoResponseSchema, { data: new Uint8Array(8 * MIB) }));
  await using h = await serve({
    count: serverStream(async function* () {
      try {
        yield encoded(buffer);
        resumed++;
      } finally {
        cleaned = true;
      }
    }),
  });
  using raw = new RawClient(h.path);
  const stream = raw.open("Count");
  stream.end(frame({}));
  await sleep(50);
  stream.close(8);
  await until(() => cleaned);
  assert.equal(resumed, 0);
});

test("pitfall 6: an upload that the handler does not read is held up, not held in memory", async () => {
  const gate = Promise.withResolvers<void>();
  await using h = await serve({
    sum: clientStream(async (requests) => {
      await gate.promise;
      let index = 0;
      for await (const { data } of requests) index += data.length;
      return { index };
    }),
  });
  using raw = new RawClient(h.path);
  const stream = raw.open("Sum");
  const answer = collect(stream);
  const message = frame({ data: new Uint8Array(MIB) });
  let accepted = 0;
  const upload = (async () => {
    for (let i = 0; i < 64; i++) {
      await new Promise<void>((resolve) => stream.write(message, () => resolve()));
      accepted++;
    }
    stream.end();
  })();
  await sleep(300);
  assert.ok(accepted < 16, `${accepted} MiB were taken without a reader`);
  gate.resolve();
  await upload;
  assert.equal((await answer).messages[0]?.index, 64 * MIB);
});

test("pitfall 6: a length over the limit is refused before the message is collected", async () => {
  await using h = await serve({ say: unary(async () => ({})) });
  using raw = new RawClient(h.path);
  const prefix = Buffer.from([0, 0xff, 0xff, 0xff, 0xff]);
  const stream = raw.open("Say");
  const answer = collect(stream);
  stream.write(prefix);
  assert.equal(
    (await answer).trailers["grpc-message"],
    "grpc: received message larger than max (4294967295 vs. 16777216)",
  );
});

test("pitfall 7: messages may be split anywhere, also inside the prefix, and may be empty", async () => {
  await using h = await serve({
    chat: bidi(async function* (requests) {
      for await (const { text } of requests) yield { text };
    }),
  });
  using raw = new RawClient(h.path);
  const body = Buffer.concat([frame({ text: "one" }), frame({}), frame({ text: "two" }), frame({})]);
  for (const size of [1, 2, 3, 4, 5, 7, 11]) {
    const stream = raw.open("Chat");
    const answer = collect(stream);
    for (let at = 0; at < body.length; at += size) {
      stream.write(body.subarray(at, at + size));
      await new Promise((resolve) => setImmediate(resolve));
    }
    stream.end();
    const { messages, trailers } = await answer;
    assert.deepEqual(
      messages.map(({ text }) => text),
      ["one", "", "two", ""],
    );
    assert.equal(trailers["grpc-status"], "0");
  }
});

test("pitfall 7: a truncated last message is an error, as are none or two on a unary call", async () => {
  let calls = 0;
  await using h = await serve({
    say: unary(async () => {
      calls++;
      return {};
    }),
    sum: clientStream(async (requests) => {
      for await (const _ of requests);
      return {};
    }),
  });
  using raw = new RawClient(h.path);
  const status = async (method: string, ...body: Uint8Array[]): Promise<unknown> =>
    (await raw.call(method, body)).trailers["grpc-status"];
  assert.equal(await status("Sum", frame({ text: "x" }), frame({ text: "cut" }).subarray(0, 7)), "13");
  assert.equal(await status("Sum", frame({ text: "cut" }).subarray(0, 3)), "13");
  assert.equal(await status("Say"), "13");
  assert.equal(await status("Say", frame({}), frame({})), "13");
  assert.equal(await status("Say", frame({}).subarray(0, 4)), "13");
  assert.equal(calls, 0);
  assert.equal(await status("Say", framed(new Uint8Array([0xff, 0xff]))), "13");
  assert.equal(await status("Say", Buffer.from([2, 0, 0, 0, 0])), "13");
});

test("pitfall 8: an error before the first message comes in the headers, one after it in the trailers", async () => {
  await using h = await serve({
    count: serverStream(async function* ({ count }) {
      for (let index = 0; index < count; index++) yield { index };
      throw new NotFoundError("größe 100%");
    }),
  });
  using raw = new RawClient(h.path);
  const early = await raw.call("Count", [frame({})]);
  assert.equal(early.headers["grpc-status"], "5");
  assert.equal(early.headers["grpc-message"], "gr%C3%B6%C3%9Fe 100%25: not found");
  const late = await raw.call("Count", [frame({ count: 1 })]);
  assert.equal(late.headers["grpc-status"], undefined);
  assert.equal(late.trailers["grpc-status"], "5");
  assert.equal(late.messages.length, 1);
});

test("pitfall 8: a client that resets while the status is on its way harms nothing", async () => {
  await using h = await serve({
    say: unary(async () => ({ data: new Uint8Array(100) })),
    count: serverStream(async function* () {
      yield { index: 1 };
    }),
  });
  using raw = new RawClient(h.path);
  for (let i = 0; i < 300; i++) {
    const stream = raw.open(i % 2 === 0 ? "Say" : "Count");
    stream.end(frame({}));
    stream.once("response", () => stream.close(8));
    if (i % 3 === 0) await sleep(1);
  }
  await h.client.say({});
});

test("pitfall 9: a client that still sends gets the status of an early error, then an end without an error", async () => {
  await using h = await serve({
    sum: clientStream(async () => {
      throw new NotFoundError("early");
    }),
  });
  using raw = new RawClient(h.path);
  const stream = raw.open("Sum");
  const answer = collect(stream);
  const pump = setInterval(() => stream.writable && stream.write(frame({ data: new Uint8Array(MIB) })), 2);
  try {
    const { trailers, rstCode } = await answer;
    assert.equal(trailers["grpc-status"], "5");
    assert.equal(rstCode, 0);
  } finally {
    clearInterval(pump);
  }
});

test("pitfall 10: a grpc-timeout beyond what a timer can hold does not fire at once", async () => {
  await using h = await serve({
    say: unary(async (_request, { signal }) => {
      await sleep(30);
      return { text: String(signal?.aborted) };
    }),
  });
  using raw = new RawClient(h.path);
  for (const timeout of ["99999999H", "596523H", "99999999S"]) {
    const { messages, trailers } = await raw.call("Say", [frame({})], { "grpc-timeout": timeout });
    assert.equal(trailers["grpc-status"], "0");
    assert.equal(messages[0]?.text, "false");
  }
});

test("pitfall 10: no timer of a call outlives it", async () => {
  await using h = await serve({
    say: unary(async ({ text }) => {
      if (text === "fail") throw new NotFoundError("x");
      return {};
    }),
  });
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  using raw = new RawClient(h.path);
  await raw.call("Say", [frame({})]);
  const before = timers();
  for (let i = 0; i < 20; i++)
    await raw.call("Say", [frame({ text: i % 2 ? "fail" : "" })], { "grpc-timeout": "1H" });
  assert.ok(timers() <= before + 1, `${timers() - before} timers are left`);
});

test("pitfall 11: the client's end of a bidi call after a half-close does not hang", async () => {
  await using h = await serve({
    chat: bidi(async function* (requests) {
      for await (const { text } of requests) yield { text };
      yield { text: "last" };
    }),
  });
  for (let i = 0; i < 100; i++) {
    const got: string[] = [];
    const requests = (async function* () {
      for (const text of ["a", "b"]) yield { text };
    })();
    for await (const { text } of h.client.chat(requests)) got.push(text);
    assert.deepEqual(got, ["a", "b", "last"]);
  }
});

for (const kind of ["inits", "messages"] as const)
  test(`pitfall 12: a list of 120,000 items (${kind}) is encoded in slices, between which others have their turn`, async () => {
    const init = {
      text: "head",
      items: Array.from({ length: 120_000 }, (_, i) => ({
        id: `sha256:${String(i).padStart(64, "0")}`,
        name: `registry.example/library/image-${i}:latest`,
        size: BigInt(i),
      })),
    };
    const response = kind === "inits" ? init : create(EchoResponseSchema, init);
    // Turns of the event loop from the answer to the first byte, not time: that depends on what else the machine does.
    let turns = 0;
    const turn = (): void => void (turns++, (immediate = setImmediate(turn)));
    let immediate: NodeJS.Immediate | undefined;
    await using h = await serve({
      say: unary(async () => {
        immediate ??= setImmediate(turn);
        return response;
      }),
    });
    using raw = new RawClient(h.path);
    const stream = raw.open("Say");
    const first = new Promise((resolve) => stream.once("data", resolve));
    stream.end(frame({}));
    await first;
    const before = turns;
    if (immediate) clearImmediate(immediate);
    stream.resume();
    assert.ok(before >= 8, `${before} turns`);
    const { items, text } = await h.client.say({});
    assert.equal(text, "head");
    assert.equal(items.length, 120_000);
    assert.ok(items.every((item, i) => item.size === BigInt(i)));
    assert.equal(init.items.length, 120_000);
  });
