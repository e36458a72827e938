import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import {
  decodeResponse,
  encodeRequest,
  Flag,
  FrameType,
  type Frame,
  type Server,
  type Status,
} from "ttrpc-node";
import { Echo } from "./testing/echo.ts";
import { RawPeer, serveEcho, startRig, type Rig } from "./testing/rig.ts";

const empty = new Uint8Array();
const said = "\n\u0002hi"; // StringValue{value=hi}

async function withPeer(
  body: (peer: RawPeer, rig: Rig) => Promise<void>,
  configure: (server: Server) => unknown = serveEcho,
): Promise<void> {
  await using rig = await startRig(configure);
  using peer = new RawPeer(rig.path);
  await body(peer, rig);
}

function request(
  method: string,
  payload = "",
  more: { service?: string; timeoutNano?: bigint } = {},
): Uint8Array {
  const service = more.service ?? Echo.typeName;
  const timeoutNano = more.timeoutNano ?? 0n;
  return encodeRequest({ service, method, payload: Buffer.from(payload), timeoutNano, metadata: [] });
}

const ask = (streamId: number, data = request("Say", said), flags = 0): Frame => ({
  streamId,
  type: FrameType.Request,
  flags,
  data,
});

async function answer(
  peer: RawPeer,
  streamId: number,
): Promise<{ status: Status | undefined; text: string }> {
  const frame = await peer.next();
  assert.ok(frame, "the connection was closed");
  assert.deepEqual([frame.streamId, frame.type, frame.flags], [streamId, FrameType.Response, 0]);
  const { status, payload } = decodeResponse(frame.data);
  return { status, text: Buffer.from(payload).toString() };
}

async function assertRefused(
  peer: RawPeer,
  streamId: number,
  code: number,
  message: string | RegExp,
): Promise<void> {
  const { status } = await answer(peer, streamId);
  assert.equal(status?.code, code);
  if (typeof message === "string") assert.equal(status.message, message);
  else assert.match(status.message, message);
}

async function assertUsable(peer: RawPeer, streamId: number): Promise<void> {
  peer.send(ask(streamId));
  assert.deepEqual(await answer(peer, streamId), { status: undefined, text: said });
}

test("the request that Go's client sends is answered by a bare header when the answer is empty", () =>
  withPeer(
    async (peer) => {
      peer.write(`000000530000000101000a17636f6e7461696e6572642e7461736b2e76332e54
        61736b120553746174651a040a0263312080a8d6b9072a250a1a636f6e746169
        6e6572642d6e616d6573706163652d7474727063120764656661756c74`);
      const frame = await peer.next();
      assert.deepEqual({ ...frame, data: frame?.data.length }, { streamId: 1, type: 2, flags: 0, data: 0 });
    },
    (server) =>
      server.addRawService("containerd.task.v3.Task", {
        State: {
          kind: "unary",
          handle(payload, { metadata, timeoutMs }) {
            assert.equal(Buffer.from(payload).toString("hex"), "0a026331");
            assert.deepEqual([...metadata], [["containerd-namespace-ttrpc", ["default"]]]);
            assert.equal(timeoutMs, 2000);
            return empty;
          },
        },
      }),
  ));

test("an even stream id is refused and does not advance the counter", () =>
  withPeer(async (peer) => {
    peer.send(ask(6));
    await assertRefused(peer, 6, 3, "StreamID must be odd for client initiated streams");
    peer.send({ ...ask(2), type: FrameType.Data });
    await assertRefused(peer, 2, 3, "StreamID must be odd for client initiated streams");
    await assertUsable(peer, 1);
  }));

test("a repeated or lower stream id is refused, even one never used", () =>
  withPeer(async (peer) => {
    await assertUsable(peer, 9);
    for (const id of [9, 5]) {
      peer.send(ask(id));
      await assertRefused(peer, id, 3, "StreamID cannot be re-used and must increment");
    }
    await assertUsable(peer, 11);
  }));

test("Data for a stream that never was, or is finished, is refused", () =>
  withPeer(async (peer) => {
    await assertUsable(peer, 1);
    for (const id of [1, 3]) {
      peer.send({ streamId: id, type: FrameType.Data, flags: 0, data: Buffer.from(said) });
      await assertRefused(peer, id, 3, "StreamID is no longer active");
    }
    await assertUsable(peer, 3);
  }));

test("Data after the client's own half-close is refused, and ends the call", () =>
  withPeer(async (peer) => {
    peer.send(ask(1, request("Join"), Flag.RemoteOpen));
    peer.send({ streamId: 1, type: FrameType.Data, flags: Flag.NoData | Flag.RemoteClosed, data: empty });
    peer.send({ streamId: 1, type: FrameType.Data, flags: 0, data: Buffer.from(said) });
    await assertRefused(peer, 1, 3, "data handling error: ttrpc: stream closed");
    await assertUsable(peer, 3);
  }));

test("a frame above 4 MiB is skipped and refused; the connection stays usable", () =>
  withPeer(async (peer) => {
    peer.write("00400001000000010100");
    peer.socket.write(Buffer.alloc((4 << 20) + 1, 0x0a));
    await assertRefused(peer, 1, 8, "message length 4194305 exceed maximum message size of 4194304");
    await assertUsable(peer, 1);
  }));

test("a Request that is none is refused; its id is used up", () =>
  withPeer(async (peer) => {
    peer.send(ask(1, Buffer.from("0affff", "hex")));
    await assertRefused(peer, 1, 3, /^unmarshal request error: ./);
    peer.send(ask(1));
    await assertRefused(peer, 1, 3, /must increment/);
    await assertUsable(peer, 3);
  }));

test("unknown service, unknown method and undecodable payload are refused", () =>
  withPeer(async (peer) => {
    peer.send(ask(1, request("Say", "", { service: "a.B" })));
    await assertRefused(peer, 1, 12, "service a.B");
    peer.send(ask(3, request("Nay")));
    await assertRefused(peer, 3, 12, "method Nay");
    peer.send(ask(5, request("Say", "\n\u0009")));
    await assertRefused(peer, 5, 13, /^ttrpc: error unmarshalling payload: ./);
    await assertUsable(peer, 7);
  }));

test("a frame of an unknown type is not answered", () =>
  withPeer(async (peer) => {
    for (const type of [0, 2, 4, 255]) peer.send({ ...ask(1), type });
    await assertUsable(peer, 1);
  }));

test("a unary Request is answered alike with flags 0, remote closed and remote open", () =>
  withPeer(async (peer) => {
    for (const [index, flags] of [0, Flag.RemoteClosed, Flag.RemoteOpen].entries()) {
      peer.send(ask(2 * index + 1, undefined, flags));
      assert.deepEqual(await answer(peer, 2 * index + 1), { status: undefined, text: said });
    }
  }));

test("a server-streaming answer is Data for each message and then remote closed with no data", () =>
  withPeer(async (peer) => {
    peer.send(ask(1, request("Count", "\n\u00012"), Flag.RemoteClosed));
    const frames = [await peer.next(), await peer.next(), await peer.next()];
    assert.deepEqual(
      frames.map((frame) => [frame?.type, frame?.flags, Buffer.from(frame?.data ?? empty).toString()]),
      [
        [FrameType.Data, 0, "\n\u00011"],
        [FrameType.Data, 0, "\n\u00012"],
        [FrameType.Data, Flag.RemoteClosed | Flag.NoData, ""],
      ],
    );
  }));

test("a client-streaming method takes a message in the Request, and one with remote closed", () =>
  withPeer(async (peer) => {
    peer.send(ask(1, request("Join", said), Flag.RemoteOpen));
    peer.send({ streamId: 1, type: FrameType.Data, flags: Flag.RemoteClosed, data: Buffer.from(said) });
    assert.equal((await answer(peer, 1)).text, "\n\u0005hi,hi");
    peer.send(ask(3, request("Join", said))); // as if it were unary: no more is to come
    assert.equal((await answer(peer, 3)).text, said);
  }));

test("the handler's signal is aborted at the deadline, whatever the caller does", () =>
  withPeer(
    async (peer) => {
      const late = (method: string, timeoutNano = 10_000_000n): Uint8Array =>
        request(method, "", { timeoutNano });
      peer.send(ask(1, late("Say")));
      await assertRefused(peer, 1, 4, "context deadline exceeded");
      peer.send(ask(3, late("Say", -1n)));
      await assertRefused(peer, 3, 4, "context deadline exceeded");
      peer.send(ask(5, late("Count")));
      await assertRefused(peer, 5, 4, "context deadline exceeded");
      peer.send(ask(7, late("Join"), Flag.RemoteOpen));
      await assertRefused(peer, 7, 4, "context deadline exceeded");
    },
    (server) =>
      server.addService(Echo, {
        say: (_request, { signal }) =>
          sleep(60_000, {}, { signal }).catch(() => Promise.reject(signal.reason as Error)),
        // An iterable that hears of nothing until it is told to stop.
        count: () => {
          const stopped = Promise.withResolvers<{ done: true; value: undefined }>();
          const stop = { done: true, value: undefined } as const;
          return {
            [Symbol.asyncIterator]: () => ({
              next: () => stopped.promise,
              async return() {
                stopped.resolve(stop);
                return stop;
              },
            }),
          };
        },
        async join(requests) {
          for await (const { value } of requests) return { value };
          return {};
        },
      }),
  ));

test("answers to a peer that does not read are held back, and so is the peer", () => {
  let started = 0;
  return withPeer(
    async (peer) => {
      const count = 200;
      peer.socket.pause();
      const padding = "x".repeat(16_384); // so that they come in many reads
      for (let i = 0; i < count; i++) peer.send(ask(2 * i + 1, request("Big", padding, { service: "raw" })));
      await sleep(100);
      assert.ok(started < count / 2, `${started} calls were started`);
      peer.socket.resume();
      for (let i = 0; i < count; i++) assert.ok(await peer.next());
      assert.equal(started, count);
    },
    (server) =>
      server.addRawService("raw", {
        Big: {
          kind: "unary",
          handle: () => {
            started++;
            return new Uint8Array(1 << 20);
          },
        },
      }),
  );
});

test("a server-streaming handler is not asked for more than the peer reads", () => {
  let produced = 0;
  return withPeer(
    async (peer) => {
      peer.socket.pause();
      peer.send(ask(1, request("Flood", "", { service: "raw" }), Flag.RemoteClosed));
      await sleep(100);
      assert.ok(produced > 0 && produced < 100, `${produced} messages of 64 KiB were produced`);
      peer.socket.resume();
      while (((await peer.next())?.flags ?? Flag.RemoteClosed) === 0);
      assert.equal(produced, 1000);
    },
    (server) =>
      server.addRawService("raw", {
        Flood: {
          kind: "server_streaming",
          async *handle() {
            for (; produced < 1000; produced++) yield new Uint8Array(65_536);
          },
        },
      }),
  );
});
