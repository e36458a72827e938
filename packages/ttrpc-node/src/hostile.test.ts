import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import {
  connect,
  createClient,
  encodeFrame,
  encodeRequest,
  encodeResponse,
  Flag,
  FrameType,
  isTtrpcError,
} from "ttrpc-node";
import { Echo } from "./testing/echo.ts";
import { RawPeer, startRig, temporaryFolder, type Rig } from "./testing/rig.ts";

const empty = new Uint8Array();

/** A generator of the same numbers in every run (xorshift32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

async function assertAlive(rig: Rig): Promise<void> {
  assert.equal((await createClient(Echo, rig.connection).say({ value: "alive" })).value, "alive");
}

test("a server survives peers that send anything at all", async () => {
  await using rig = await startRig();
  for (let seed = 1; seed <= 60; seed++) {
    const next = numbers(seed * 7919);
    using peer = new RawPeer(rig.path);
    peer.socket.write(Buffer.from(Array.from({ length: next() % 4096 }, () => next() & 0xff)));
    if (seed % 2) peer.socket.end();
    await sleep(1);
  }
  await assertAlive(rig);
});

test("a server survives frames of every type and flag with half-right payloads, in any order", async () => {
  await using rig = await startRig();
  const service = Echo.typeName;
  for (let seed = 1; seed <= 40; seed++) {
    const next = numbers(seed * 104_729);
    using peer = new RawPeer(rig.path);
    for (let i = 0; i < 200; i++) {
      const method = ["Say", "Count", "Join", "Chat", "Nay"][next() % 5] ?? "";
      const payload = Buffer.from(["", "\n\u00013", "\n\u0009", "\n\u0002hi"][next() % 4] ?? "");
      const whole = encodeRequest({
        service,
        method,
        payload,
        timeoutNano: BigInt(next() % 3) * 1000n,
        metadata: [],
      });
      const data = next() % 4 ? whole : whole.subarray(0, next() % whole.length);
      peer.send({ streamId: next() % 40, type: next() % 5, flags: next() % 8, data });
    }
    await sleep(2);
  }
  await assertAlive(rig);
});

test("a peer that vanishes in the middle of a frame, or of a call, leaves nothing behind", async () => {
  const aborted: string[] = [];
  await using rig = await startRig((server) =>
    server.addService(Echo, {
      say: ({ value }) => ({ value }),
      async join(requests, { signal }) {
        signal.addEventListener("abort", () => aborted.push((signal.reason as Error).name));
        for await (const _ of requests);
        return {};
      },
    }),
  );
  const request = encodeRequest({
    service: Echo.typeName,
    method: "Join",
    payload: empty,
    timeoutNano: 0n,
    metadata: [],
  });
  const frame = encodeFrame({ streamId: 1, type: FrameType.Request, flags: Flag.RemoteOpen, data: request });
  for (const bytes of [frame.subarray(0, 5), frame.subarray(0, 20), frame]) {
    using peer = new RawPeer(rig.path);
    await once(peer.socket, "connect");
    peer.socket.write(bytes);
    await sleep(5);
    peer.socket.destroy();
  }
  await sleep(20);
  assert.deepEqual(aborted, ["AbortError"]);
  await assertAlive(rig);
});

test("messages nobody consumes stop the connection, not the process", async () => {
  const go = Promise.withResolvers<void>();
  let received = 0;
  await using rig = await startRig((server) =>
    server.addRawService("raw", {
      Slow: {
        kind: "client_streaming",
        async handle(requests) {
          await go.promise;
          for await (const request of requests) received += request.length;
          return empty;
        },
      },
    }),
  );
  const stream = rig.connection.stream("raw", "Slow", { answers: "one" });
  let sent = 0;
  const sending = (async () => {
    for (; sent < 64; sent++) await stream.send(new Uint8Array(1 << 20));
    stream.closeSend();
  })();
  await sleep(150);
  assert.ok(sent < 30, `${sent} MiB were taken while the handler slept`);
  go.resolve();
  await sending;
  await stream.response();
  assert.equal(received, 64 << 20);
});

test("a client survives a server that answers anything at all", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "s");
  const frame = (streamId: number, type: number, flags: number, data: Uint8Array): Buffer =>
    encodeFrame({ streamId, type, flags, data });
  const answers: [string, Buffer, RegExp][] = [
    [
      "an undecodable Response",
      frame(1, FrameType.Response, 0, Buffer.from("0affff", "hex")),
      /unmarshalling response/,
    ],
    [
      "an undecodable payload",
      frame(1, 2, 0, encodeResponse({ payload: Buffer.from("0aff", "hex") })),
      /unmarshalling payload/,
    ],
    [
      "Data to a unary call",
      frame(1, FrameType.Data, 0, empty),
      /received data from non-streaming server: protocol error/,
    ],
    [
      "a frame of an unknown type",
      frame(1, 9, 0, empty),
      /unexpected message of type 9 received: protocol error/,
    ],
    ["a Request", frame(1, FrameType.Request, 0, empty), /unexpected message of type 1/],
    [
      "half a frame and the end",
      frame(1, FrameType.Response, 0, Buffer.alloc(10)).subarray(0, 12),
      /^ttrpc: closed$/,
    ],
    [
      "answers to calls never made",
      Buffer.concat([frame(3, 2, 0, empty), frame(0, 3, 5, empty)]),
      /^ttrpc: closed$/,
    ],
    [
      "a frame that is too large",
      Buffer.concat([Buffer.from("00400001000000010200", "hex"), Buffer.alloc((4 << 20) + 1)]),
      /^message length 4194305 exceed maximum message size of 4194304$/,
    ],
  ];
  let reply: Uint8Array = empty;
  const server = createServer((socket) => socket.on("error", () => {}).once("data", () => socket.end(reply)));
  await once(server.listen({ path }), "listening");
  try {
    for (const [what, bytes, expected] of answers) {
      reply = bytes;
      await using connection = await connect(path);
      await assert.rejects(createClient(Echo, connection).say({}), (error) => {
        assert.ok(isTtrpcError(error), what);
        assert.match(error.message, expected, what);
        return true;
      });
    }
  } finally {
    server.close();
  }
});

test("a server that reads nothing does not keep a sender beyond its deadline", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "s");
  const server = createServer((socket) => socket.on("error", () => {}).pause());
  await once(server.listen({ path }), "listening");
  try {
    await using connection = await connect(path);
    const stream = connection.stream("a.B", "C", { answers: "one", timeoutMs: 30 });
    const message = new Uint8Array(1 << 20);
    const flood = async (): Promise<never> => {
      for (;;) await stream.send(message);
    };
    await assert.rejects(flood(), { code: 4, message: "context deadline exceeded" });
    await assert.rejects(stream.response(), { code: 4 });
  } finally {
    server.close();
  }
});

test("a server may end a stream of answers by a Response of OK, with or without a last message", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "s");
  const last = encodeResponse({ payload: Buffer.from("\n\u0001b") });
  const replies = [
    encodeFrame({ streamId: 1, type: FrameType.Data, flags: 0, data: Buffer.from("\n\u0001a") }),
    encodeFrame({ streamId: 1, type: FrameType.Response, flags: 0, data: last }),
    encodeFrame({ streamId: 3, type: FrameType.Response, flags: 0, data: empty }),
  ];
  const server = createServer((socket) => socket.once("data", () => socket.write(Buffer.concat(replies))));
  await once(server.listen({ path }), "listening");
  try {
    await using connection = await connect(path);
    const client = createClient(Echo, connection);
    const all = async (messages: AsyncIterable<{ value: string }>): Promise<string[]> => {
      const found: string[] = [];
      for await (const { value } of messages) found.push(value);
      return found;
    };
    assert.deepEqual(await Promise.all([all(client.count({})), all(client.count({}))]), [["a", "b"], []]);
  } finally {
    server.close();
  }
});
