import assert from "node:assert/strict";
import { test } from "node:test";
import { StreamInitSchema } from "@davit/api/services/streaming";
import { isCanceled, isFailedPrecondition, isInternal, isUnavailable, UnknownError } from "@davit/errdefs";
import { openStream, StreamingPlugin, type StreamingMethods } from "@davit/streaming";
import { unpackAny } from "@davit/typeurl";

const options = { namespace: "default" };
const empty = { typeUrl: "google.protobuf.Empty", value: new Uint8Array() };
const message = (typeUrl: string) => ({ typeUrl, value: new Uint8Array() });

test("the token is containerd's name", () => {
  assert.equal(StreamingPlugin, "io.containerd.streaming.v1");
});

test("a stream begins with its id; then each end hears the other", async () => {
  const heard: string[] = [];
  const streaming: StreamingMethods = {
    async *stream(requests, { namespace }) {
      let begun = false;
      for await (const request of requests) {
        heard.push(begun ? request.typeUrl : `${namespace}/${unpackAny(request, StreamInitSchema).id}`);
        yield begun ? message(`answer to ${request.typeUrl}`) : empty;
        begun = true;
      }
      heard.push("end");
    },
  };
  const stream = await openStream(streaming, "my stream", options);
  const send = stream.send(message("a"));
  assert.equal((await stream.recv())?.typeUrl, "answer to a");
  await stream.close();
  assert.equal(await stream.recv(), undefined);
  await send;
  assert.deepEqual(heard, ["default/my stream", "a", "end"]);
  await assert.rejects(stream.send(message("b")), isFailedPrecondition);
});

test("an id that is taken is the server's error", async () => {
  const streaming: StreamingMethods = {
    async *stream() {
      yield* [];
      throw new UnknownError("already exists");
    },
  };
  await assert.rejects(openStream(streaming, "x", options), { message: "already exists" });
});

test("a server that ends at once, or begins otherwise, is found out", async () => {
  const silent: StreamingMethods = { async *stream() {} };
  await assert.rejects(openStream(silent, "x", options), isUnavailable);
  let signal: AbortSignal | undefined;
  const other: StreamingMethods = {
    async *stream(_requests, call) {
      signal = call.signal;
      yield message("example.Other");
    },
  };
  await assert.rejects(openStream(other, "x", options), isInternal);
  assert.equal(signal?.aborted, true);
});

test("the end of the server's responses ends the sends that wait", async () => {
  const end = Promise.withResolvers<void>();
  const streaming: StreamingMethods = {
    async *stream(requests) {
      await requests[Symbol.asyncIterator]().next();
      yield empty;
      await end.promise;
    },
  };
  const stream = await openStream(streaming, "x", options);
  const send = assert.rejects(stream.send(message("a")), isCanceled);
  const recv = stream.recv();
  end.resolve();
  assert.equal(await recv, undefined);
  await send;
});

test("giving a stream up, or aborting its signal, cancels the call", async () => {
  const signals: AbortSignal[] = [];
  const streaming: StreamingMethods = {
    async *stream(requests, { signal }) {
      if (signal) signals.push(signal);
      await requests[Symbol.asyncIterator]().next();
      yield empty;
    },
  };
  const abort = new AbortController();
  const stream = await openStream(streaming, "x", options);
  await openStream(streaming, "y", { ...options, signal: abort.signal });
  await stream[Symbol.asyncDispose]();
  assert.deepEqual(
    signals.map(({ aborted }) => aborted),
    [true, false],
  );
  abort.abort();
  assert.equal(signals[1]?.aborted, true);
});
