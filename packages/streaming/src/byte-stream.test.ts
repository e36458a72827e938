import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { DataSchema, WindowUpdateSchema } from "@davit/api/transfer";
import { isCanceled, isInvalidArgument } from "@davit/errdefs";
import { receiveBytes, sendBytes, streamPair, type Stream } from "@davit/streaming";
import { packAny, unpackAny } from "@davit/typeurl";

const KIB = 1024;

async function* chunks(...sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const size of sizes) yield Uint8Array.from({ length: size }, () => at++ % 251);
}

const update = (bytes: number) => packAny(WindowUpdateSchema, create(WindowUpdateSchema, { update: bytes }));
const dataOf = async (stream: Stream): Promise<number> => {
  const message = await stream.recv();
  assert.ok(message, "the sender closed");
  return unpackAny(message, DataSchema).data.length;
};

test("bytes arrive as they were sent, in whatever pieces", async () => {
  for (const sizes of [[], [1], [0, 5, 0], [200 * KIB], Array.from({ length: 50 }, (_, i) => i * 777)]) {
    const [sender, receiver] = streamPair();
    const sending = sendBytes(sender, chunks(...sizes)).then(() => sender.close());
    const got = Buffer.concat(await Array.fromAsync(receiveBytes(receiver)));
    await sending;
    assert.deepEqual(got, Buffer.concat(await Array.fromAsync(chunks(...sizes))));
  }
});

test("the sender waits for a window, and keeps to it and to 32 KiB a message", async () => {
  const [sender, receiver] = streamPair();
  const sending = sendBytes(sender, chunks(100 * KIB));
  void receiver.send(update(40 * KIB));
  assert.deepEqual([await dataOf(receiver), await dataOf(receiver)], [32 * KIB, 8 * KIB]);
  void receiver.send(update(0));
  void receiver.send(update(100 * KIB));
  assert.deepEqual([await dataOf(receiver), await dataOf(receiver)], [32 * KIB, 28 * KIB]);
  void receiver.recv();
  await sending;
});

test("the receiver allows 64 KiB whenever less than that is allowed, and not before the data are consumed", async () => {
  const [sender, receiver] = streamPair();
  const reading = receiveBytes(receiver);
  const updates: number[] = [];
  const watching = (async () => {
    for (;;) {
      const message = await sender.recv();
      if (message === undefined) return;
      updates.push(unpackAny(message, WindowUpdateSchema).update);
    }
  })();
  const sendData = async (length: number) => {
    const send = sender.send(packAny(DataSchema, create(DataSchema, { data: new Uint8Array(length) })));
    assert.equal((await reading.next()).value?.length, length);
    return send;
  };
  const first = sendData(32 * KIB);
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual(updates, [64 * KIB]);
  const second = sendData(32 * KIB);
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual(updates, [64 * KIB, 64 * KIB]);
  void sender.close();
  assert.equal((await reading.next()).done, true);
  await Promise.all([first, second]);
  await receiver.close();
  await watching;
});

test("a receiver that closes early stops the sender", async () => {
  const [sender, receiver] = streamPair();
  const sending = assert.rejects(sendBytes(sender, chunks(1)), isCanceled);
  await receiver.close();
  await sending;
});

test("other messages are refused by both", async () => {
  for (const use of [
    (stream: Stream) => sendBytes(stream, chunks(1)),
    (stream: Stream) => Array.fromAsync(receiveBytes(stream)),
  ]) {
    const [here, there] = streamPair();
    const using = assert.rejects(use(here), isInvalidArgument);
    there.send({ typeUrl: "example.Other", value: new Uint8Array() }).catch(() => {});
    void there.recv();
    await using;
  }
});

test("what the source throws is the sender's error, and the source is closed when sending fails", async () => {
  const [sender] = streamPair();
  const failing = async function* () {
    yield* chunks();
    throw new Error("disk");
  };
  await assert.rejects(sendBytes(sender, failing()), /disk/);

  const [other, receiver] = streamPair();
  let closed = false;
  const endless = async function* () {
    try {
      for (;;) yield* chunks(1);
    } finally {
      closed = true;
    }
  };
  const sending = assert.rejects(sendBytes(other, endless()), isCanceled);
  await receiver[Symbol.asyncDispose]();
  await sending;
  assert.equal(closed, true);
});
