import assert from "node:assert/strict";
import { createConnection } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import {
  Code,
  connect,
  Connection,
  createClient,
  isClosed,
  isTtrpcError,
  TtrpcError,
  type HandlerContext,
} from "ttrpc-node";
import { Echo } from "./testing/echo.ts";
import { serveEcho, startRig, temporaryFolder } from "./testing/rig.ts";

const empty = new Uint8Array();

async function values(messages: AsyncIterable<{ value: string }>): Promise<string[]> {
  const all: string[] = [];
  for await (const { value } of messages) all.push(value);
  return all;
}

const code =
  (expected: number, message: RegExp | string = /./) =>
  (error: unknown): boolean => {
    assert.ok(isTtrpcError(error), String(error));
    assert.equal(error.code, expected);
    if (typeof message === "string") assert.equal(error.message, message);
    else assert.match(error.message, message);
    return true;
  };

/** A context's signal as a promise that rejects when it is aborted. */
const aborted = ({ signal }: HandlerContext): Promise<never> =>
  new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));

test("a unary call answers", async () => {
  await using rig = await startRig();
  const client = createClient(Echo, rig.connection);
  assert.equal((await client.say({ value: "hello" })).value, "hello");
});

test("a server-streaming call yields every answer and ends", async () => {
  await using rig = await startRig();
  const client = createClient(Echo, rig.connection);
  assert.deepEqual(await values(client.count({ value: "4" })), ["1", "2", "3", "4"]);
  assert.deepEqual(await values(client.count({ value: "0" })), []);
});

test("a client-streaming call sends every message and is answered once", async () => {
  await using rig = await startRig();
  const client = createClient(Echo, rig.connection);
  assert.equal((await client.join([{ value: "a" }, { value: "" }, { value: "b" }])).value, "a,,b");
  assert.equal((await client.join([])).value, "");
});

test("a bidirectional call answers while it is asked", async () => {
  await using rig = await startRig();
  const client = createClient(Echo, rig.connection);
  const questions = new TransformStream<{ value: string }, { value: string }>();
  const writer = questions.writable.getWriter();
  const answers = client.chat(questions.readable)[Symbol.asyncIterator]();
  for (const value of ["a", "b", "c"]) {
    void writer.write({ value });
    assert.equal((await answers.next()).value?.value, value.toUpperCase());
  }
  void writer.close();
  assert.equal((await answers.next()).done, true);
});

test("an empty message is a message, in every direction", async () => {
  await using rig = await startRig();
  const client = createClient(Echo, rig.connection);
  assert.equal((await client.say({})).value, "");
  assert.deepEqual(await values(client.chat([{ value: "" }, { value: "" }])), ["", ""]);
});

test("a thousand calls at a time on one connection each get their own answer", async () => {
  await using rig = await startRig((server) =>
    server.addService(Echo, {
      async say({ value }) {
        await sleep(Number(value) % 7);
        return { value };
      },
    }),
  );
  const client = createClient(Echo, rig.connection);
  const numbers = Array.from({ length: 1000 }, (_, i) => String(i));
  const answers = await Promise.all(numbers.map((value) => client.say({ value })));
  assert.deepEqual(
    answers.map(({ value }) => value),
    numbers,
  );
});

test("a handler's TtrpcError arrives with code, message and details", async () => {
  const details = [{ typeUrl: "a.B", value: new Uint8Array([1]) }];
  await using rig = await startRig((server) =>
    server.addService(Echo, {
      say() {
        throw new TtrpcError(Code.NotFound, "container c1: not found", { details });
      },
    }),
  );
  await assert.rejects(createClient(Echo, rig.connection).say({}), (error) => {
    code(Code.NotFound, "container c1: not found")(error);
    assert.deepEqual((error as TtrpcError).details, details);
    return true;
  });
});

test("what else a handler throws is Unknown with its message, Canceled or DeadlineExceeded by its name", async () => {
  const thrown: Record<string, unknown> = {
    plain: new Error("plain"),
    text: "text",
    abort: new DOMException("stop", "AbortError"),
    timeout: new DOMException("late", "TimeoutError"),
    ok: new TtrpcError(Code.OK, "not well"),
    unencodable: Object.assign(new TtrpcError(1.5, "odd")),
    nothing: undefined,
  };
  await using rig = await startRig((server) =>
    server.addService(Echo, {
      say({ value }) {
        // oxlint-disable-next-line typescript/only-throw-error -- handlers may throw anything
        throw thrown[value];
      },
    }),
  );
  const client = createClient(Echo, rig.connection);
  await assert.rejects(client.say({ value: "plain" }), code(Code.Unknown, "plain"));
  await assert.rejects(client.say({ value: "text" }), code(Code.Unknown, "text"));
  await assert.rejects(client.say({ value: "abort" }), code(Code.Canceled, "stop"));
  await assert.rejects(client.say({ value: "timeout" }), code(Code.DeadlineExceeded, "late"));
  await assert.rejects(client.say({ value: "ok" }), code(Code.Unknown, "not well"));
  await assert.rejects(client.say({ value: "unencodable" }), code(Code.Internal));
  await assert.rejects(client.say({ value: "nothing" }), code(Code.Unknown, "undefined"));
});

test("toStatus decides what a foreign error becomes", async () => {
  await using rig = await startRig(
    (server) =>
      server.addService(Echo, {
        say() {
          throw new RangeError("too far");
        },
      }),
    { toStatus: (error) => ({ code: Code.OutOfRange, message: (error as Error).message }) },
  );
  await assert.rejects(createClient(Echo, rig.connection).say({}), code(Code.OutOfRange, "too far"));
});

test("an error ends a stream of answers after those that were sent", async () => {
  await using rig = await startRig((server) =>
    server.addService(Echo, {
      async *count() {
        yield { value: "1" };
        throw new TtrpcError(Code.DataLoss, "lost");
      },
    }),
  );
  const answers = createClient(Echo, rig.connection).count({})[Symbol.asyncIterator]();
  assert.equal((await answers.next()).value?.value, "1");
  await assert.rejects(answers.next(), code(Code.DataLoss, "lost"));
  assert.equal((await answers.next()).done, true);
});

test("unknown services and methods are Unimplemented, in Go's words", async () => {
  await using rig = await startRig((server) => server.addService(Echo, {}));
  await assert.rejects(rig.connection.call("a.B", "C", empty), code(Code.Unimplemented, "service a.B"));
  await assert.rejects(createClient(Echo, rig.connection).say({}), code(Code.Unimplemented, "method Say"));
  await assert.rejects(
    rig.connection.call(Echo.typeName, "toString", empty),
    code(Code.Unimplemented, "method toString"),
  );
});

test("an undecodable payload is Internal, in Go's words", async () => {
  await using rig = await startRig();
  const garbage = new Uint8Array([0x0a, 0x05, 0x01]);
  const expected = code(Code.Internal, /^ttrpc: error unmarshalling payload: ./);
  await assert.rejects(rig.connection.call(Echo.typeName, "Say", garbage), expected);
  const stream = rig.connection.stream(Echo.typeName, "Chat", { answers: "many" });
  await stream.send(garbage);
  await assert.rejects(stream.response(), expected);
});

test("metadata arrives with lower-case keys, several values in their order", async () => {
  let seen: unknown;
  await using rig = await startRig((server) =>
    server.addService(Echo, {
      say(_request, { metadata }) {
        seen = Object.fromEntries(metadata);
        return {};
      },
      async *count(_request, { metadata }) {
        seen = Object.fromEntries(metadata);
        yield {};
      },
    }),
  );
  const client = createClient(Echo, rig.connection);
  await client.say({}, { metadata: { "Containerd-Namespace-TTRPC": "default", many: ["b", "a"], none: [] } });
  assert.deepEqual(seen, { "containerd-namespace-ttrpc": ["default"], many: ["b", "a"] });
  await values(
    client.count(
      {},
      {
        metadata: [
          ["k", "1"],
          ["K", "2"],
        ],
      },
    ),
  );
  assert.deepEqual(seen, { k: ["1", "2"] });
});

test("a timeout ends the call here and tells the handler there", async () => {
  const ended = Promise.withResolvers<[number | undefined, unknown]>();
  await using rig = await startRig((server) =>
    server.addService(Echo, {
      async say(_request, context) {
        await aborted(context).catch((reason: unknown) => ended.resolve([context.timeoutMs, reason]));
        return {};
      },
    }),
  );
  const client = createClient(Echo, rig.connection);
  await assert.rejects(
    client.say({}, { timeoutMs: 30 }),
    code(Code.DeadlineExceeded, "context deadline exceeded"),
  );
  const [timeoutMs, reason] = await ended.promise;
  assert.equal(timeoutMs, 30);
  assert.equal((reason as DOMException).name, "TimeoutError");
});

test("a timeout of 0 or less sends nothing; one of years is none", async () => {
  await using rig = await startRig();
  const client = createClient(Echo, rig.connection);
  await assert.rejects(client.say({}, { timeoutMs: 0 }), code(Code.DeadlineExceeded));
  await assert.rejects(client.say({}, { timeoutMs: -1 }), code(Code.DeadlineExceeded));
  for (const timeoutMs of [2 ** 31, 1e15, Infinity]) await client.say({}, { timeoutMs });
});

test("an aborted call rejects with the signal's reason, and the connection goes on", async () => {
  const late = Promise.withResolvers<void>();
  await using rig = await startRig((server) =>
    server.addService(Echo, {
      async say({ value }) {
        if (value === "slow") await late.promise;
        return { value };
      },
    }),
  );
  const client = createClient(Echo, rig.connection);
  const controller = new AbortController();
  const call = client.say({ value: "slow" }, { signal: controller.signal });
  const reason = new Error("changed my mind");
  controller.abort(reason);
  await assert.rejects(call, reason);
  late.resolve(); // the late answer is ignored
  assert.equal((await client.say({ value: "next" })).value, "next");
  await assert.rejects(client.say({}, { signal: AbortSignal.abort(reason) }), reason);
});

test("whoever stops iterating, or aborts, closes the stream: the server gets no more requests", async () => {
  const seen: string[] = [];
  const ended = Promise.withResolvers<void>();
  await using rig = await startRig((server) =>
    server.addService(Echo, {
      async *chat(requests) {
        for await (const { value } of requests) {
          seen.push(value);
          yield { value };
        }
        ended.resolve();
      },
    }),
  );
  const client = createClient(Echo, rig.connection);
  let returned = false;
  async function* forever() {
    try {
      for (let i = 0; ; i++) yield { value: String(i) };
    } finally {
      returned = true;
    }
  }
  for await (const { value } of client.chat(forever())) if (value === "2") break;
  await ended.promise;
  assert.ok(seen.length >= 3);
  await sleep(1);
  assert.ok(returned, "the source of requests was told to stop");
});

test("a source of requests that throws fails the call with what it threw", async () => {
  await using rig = await startRig();
  const client = createClient(Echo, rig.connection);
  const failure = new Error("no more questions");
  async function* broken() {
    yield { value: "a" };
    throw failure;
  }
  await assert.rejects(client.join(broken()), failure);
  await assert.rejects(values(client.chat(broken())), failure);
});

test("a server may answer before it has heard everything", async () => {
  await using rig = await startRig((server) =>
    server.addService(Echo, {
      async join(requests) {
        for await (const { value } of requests) return { value };
        throw new Error("unreachable");
      },
    }),
  );
  const client = createClient(Echo, rig.connection);
  async function* forever() {
    for (;;) {
      yield { value: "first" };
      await sleep(1);
    }
  }
  assert.equal((await client.join(forever())).value, "first");
});

test("messages above 4 MiB are ResourceExhausted in Go's words, either way, and the connection goes on", async () => {
  await using rig = await startRig((server) =>
    server.addService(Echo, { say: ({ value }) => ({ value: value.repeat(4 << 20) }) }).addRawService("raw", {
      Twice: { kind: "unary", handle: (request) => Buffer.concat([request, request]) },
      Stream: {
        kind: "server_streaming",
        handle: async function* () {
          yield Buffer.alloc((4 << 20) + 1);
        },
      },
    }),
  );
  const text = (size: number): string => `message length ${size} exceed maximum message size of 4194304`;
  const largest = new Uint8Array((4 << 20) - 4 - 3 - 7 - 5); // the Request around it takes the rest
  const call = (request: Uint8Array): Promise<Uint8Array> => rig.connection.call("raw", "Twice", request);
  await assert.rejects(call(new Uint8Array(4 << 20)), code(Code.ResourceExhausted, text((4 << 20) + 17)));
  await assert.rejects(call(largest), code(Code.ResourceExhausted, /^message length 83\d+ exceed/));
  assert.equal((await call(new Uint8Array(2_000_000))).length, 4_000_000);
  const stream = rig.connection.stream("raw", "Stream", { request: empty, answers: "many" });
  await assert.rejects(stream.response(), code(Code.ResourceExhausted, text(4_194_305)));
  const sending = rig.connection.stream("raw", "Twice", { answers: "one" });
  await assert.rejects(
    sending.send(new Uint8Array(4_194_305)),
    code(Code.ResourceExhausted, text(4_194_305)),
  );
});

test("every call on a connection that closes fails with `ttrpc: closed`, and so do later ones", async () => {
  await using rig = await startRig((server) =>
    server.addService(Echo, {
      say: (_request, context) => aborted(context),
      async *count(_request, context) {
        yield { value: "1" };
        await aborted(context);
      },
    }),
  );
  const client = createClient(Echo, rig.connection);
  let told = 0;
  rig.connection.onClose(() => told++);
  const pending = client.say({});
  const answers = client.count({})[Symbol.asyncIterator]();
  assert.equal((await answers.next()).value?.value, "1");
  const rejections = Promise.all([
    assert.rejects(pending, code(Code.Unknown, "ttrpc: closed")),
    assert.rejects(answers.next(), isClosed),
  ]);
  await rig.server.close();
  await rejections;
  await rig.connection.closed;
  assert.equal(rig.connection.isClosed, true);
  await assert.rejects(client.say({}), isClosed);
  assert.equal(told, 1);
  rig.connection.onClose(() => told++);
  await sleep(1);
  assert.equal(told, 2);
});

test("close() on this side fails calls in progress, and aborts their handlers", async () => {
  const reason = Promise.withResolvers<unknown>();
  await using rig = await startRig((server) =>
    server.addService(Echo, {
      async say(_request, context) {
        await aborted(context).catch(reason.resolve);
        return {};
      },
    }),
  );
  const call = createClient(Echo, rig.connection).say({});
  const rejection = assert.rejects(call, isClosed);
  await sleep(10);
  rig.connection.close();
  await rejection;
  assert.equal(((await reason.promise) as Error).name, "AbortError");
});

test("connect() fails as the socket does, and gives up when told", async () => {
  await using folder = await temporaryFolder();
  await assert.rejects(connect(`${folder.path}/absent`), { code: "ENOENT" });
  await assert.rejects(connect(`${folder.path}/absent`, { signal: AbortSignal.abort() }), {
    name: "AbortError",
  });
});

test(
  "connect() takes a path, unix:// and a path, and an abstract name",
  { skip: process.platform !== "linux" && "abstract sockets are Linux's" },
  async () => {
    await using rig = await startRig();
    const name = `\0ttrpc-node-test-${process.pid}`;
    await rig.server.listen(name);
    for (const address of [rig.path, `unix://${rig.path}`, name]) {
      await using connection = await connect(address);
      assert.equal((await createClient(Echo, connection).say({ value: "x" })).value, "x");
    }
  },
);

test("a connection can be made of a socket that is not connected yet, or already gone", async () => {
  await using rig = await startRig();
  await using early = new Connection(createConnection({ path: rig.path }));
  assert.equal((await createClient(Echo, early).say({ value: "early" })).value, "early");
  const socket = createConnection({ path: rig.path });
  socket.destroy();
  await assert.rejects(createClient(Echo, new Connection(socket)).say({}), isClosed);
  await assert.rejects(
    createClient(Echo, new Connection(createConnection({ path: `${rig.path}.no` }))).say({}),
    (error) => {
      assert.equal(((error as Error).cause as NodeJS.ErrnoException).code, "ENOENT");
      return isClosed(error);
    },
  );
});

test("a service is served once", async () => {
  await using rig = await startRig();
  assert.throws(() => serveEcho(rig.server), /duplicate service ttrpc_node.testing.Echo/);
});
