import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { StreamInitSchema } from "@davit/api/services/streaming";
import { isCanceled, isFailedPrecondition, isUnavailable, toStatus } from "@davit/errdefs";
import { openStream, receiveBytes, sendBytes } from "@davit/streaming";
import { packAny, type Any } from "@davit/typeurl";
import { serve, until } from "./testing/harness.ts";

const options = { namespace: "default" };
const message = (typeUrl: string, value: Uint8Array = new Uint8Array()) => ({ typeUrl, value });
const init = (id: string): Any => packAny(StreamInitSchema, create(StreamInitSchema, { id }));

async function statusOf(call: Promise<unknown>): Promise<readonly [code: number, message: string]> {
  const error = await call.then(
    () => assert.fail("the call succeeded"),
    (err: unknown) => err,
  );
  const { code, message: text } = toStatus(error);
  return [code, text];
}

/** Sends these requests, and half-closes. */
async function* requests(...list: readonly Any[]): AsyncGenerator<Any> {
  yield* list;
}

test("a stream is answered by an Empty, and known to the manager with its namespace and lease", async () => {
  await using h = await serve();
  const call = h.client.stream(requests(init("my id")), { ...options, lease: "l" });
  const { value } = await call.next();
  assert.deepEqual([value?.typeUrl, value?.value.length], ["google.protobuf.Empty", 0]);
  assert.deepEqual([...h.streams.streams.keys()], ["my id"]);
  assert.deepEqual([h.streams.lastOptions?.namespace, h.streams.lastOptions?.lease], ["default", "l"]);
  await (await h.streams.get("my id")).close();
  assert.equal((await call.next()).done, true);
});

test("messages go both ways, and the daemon ends the call", async () => {
  await using h = await serve();
  const client = await openStream(h.client, "id", options);
  const daemon = await h.streams.get("id");
  await client.send(message("question", Buffer.from("?")));
  const question = await daemon.recv();
  assert.deepEqual([question?.typeUrl, String(question?.value)], ["question", "?"]);
  for (const name of ["one", "two"]) void daemon.send(message(name));
  const pending = daemon.recv();
  await daemon.close();
  assert.equal(h.streams.streams.size, 0);
  assert.deepEqual([(await client.recv())?.typeUrl, (await client.recv())?.typeUrl], ["one", "two"]);
  assert.equal(await client.recv(), undefined);
  assert.equal(await pending, undefined);
  assert.equal(await daemon.recv(), undefined);
  await assert.rejects(daemon.send(message("late")), isFailedPrecondition);
  await daemon.close();
});

test("a client's half-close is the end of what it says, not of what it hears", async () => {
  await using h = await serve();
  const client = await openStream(h.client, "id", options);
  const daemon = await h.streams.get("id");
  await client.close();
  assert.equal(await daemon.recv(), undefined);
  void daemon.send(message("still here"));
  assert.equal((await client.recv())?.typeUrl, "still here");
  assert.equal(h.streams.streams.size, 1);
  await daemon.close();
  assert.equal(await client.recv(), undefined);
});

test("an id that is taken is of code Unknown; free again when the stream has ended", async () => {
  await using h = await serve();
  await using first = await openStream(h.client, "id", options);
  assert.deepEqual(await statusOf(openStream(h.client, "id", options)), [2, "already exists"]);
  assert.equal(h.streams.streams.size, 1);
  await first[Symbol.asyncDispose]();
  await until(() => h.streams.streams.size === 0);
  await using second = await openStream(h.client, "id", options);
  assert.ok(second);
});

test("neither a namespace nor an id is needed", async () => {
  await using h = await serve();
  await using stream = await openStream(h.client, "", { namespace: "" });
  assert.ok(stream);
  assert.deepEqual([...h.streams.streams.keys()], [""]);
});

test("a stream that does not begin with a StreamInit is refused", async () => {
  await using h = await serve();
  const begin = (...list: readonly Any[]) => statusOf(h.client.stream(requests(...list), options).next());
  assert.deepEqual(await begin(), [2, "EOF"]);
  assert.deepEqual(await begin(message("example.Other")), [
    3,
    'type url "example.Other" is not "containerd.services.streaming.v1.StreamInit": invalid argument',
  ]);
  assert.equal((await begin(message(StreamInitSchema.typeName, Buffer.from([0xff]))))[0], 3);
  const prefixed = { ...init("x"), typeUrl: `type.googleapis.com/${StreamInitSchema.typeName}` };
  const call = h.client.stream(requests(prefixed), options);
  assert.equal((await call.next()).value?.typeUrl, "google.protobuf.Empty");
  await call.return();
});

test("a lease that does not exist is NotFound", async () => {
  await using h = await serve();
  assert.deepEqual(await statusOf(openStream(h.client, "id", { ...options, lease: "gone" })), [
    5,
    "lease does not exist: not found",
  ]);
});

test("a client that goes frees its id, and ends what the daemon sends and awaits", async () => {
  await using h = await serve();
  const client = await openStream(h.client, "id", options);
  const daemon = await h.streams.get("id");
  const recv = assert.rejects(daemon.recv(), isCanceled);
  await client[Symbol.asyncDispose]();
  await recv;
  await until(() => h.streams.streams.size === 0);
  await assert.rejects(daemon.send(message("late")), isCanceled);
  await assert.rejects(daemon.recv(), isCanceled);
});

test("a client that does not read holds the daemon back", async () => {
  await using h = await serve();
  await using client = await openStream(h.client, "id", options);
  const daemon = await h.streams.get("id");
  const mebibyte = message("data", new Uint8Array(1 << 20));
  let sent = 0;
  const sending = (async () => {
    for (; sent < 100; sent++) await daemon.send(mebibyte);
    await daemon.close();
  })();
  for (let before = -1; before !== sent; await new Promise((resolve) => setTimeout(resolve, 200)))
    before = sent;
  assert.ok(sent < 60, `${sent} MiB were taken without a reader`);
  let received = 0;
  while ((await client.recv()) !== undefined) received++;
  await sending;
  assert.equal(received, 100);
});

test("a server that stops ends the streams", async () => {
  await using h = await serve();
  const client = await openStream(h.client, "id", options);
  const daemon = await h.streams.get("id");
  const ended = assert.rejects(daemon.recv());
  const recv = assert.rejects(client.recv(), isUnavailable);
  await h.server.stop({ timeoutMs: 10 });
  await Promise.all([ended, recv]);
  assert.equal(h.streams.streams.size, 0);
});

test("bytes go through in both directions as the transfer service sends them", async () => {
  await using h = await serve();
  const payload = Buffer.alloc(3 << 20, "0123456789");
  async function* source(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < payload.length; at += 100_000) yield payload.subarray(at, at + 100_000);
  }
  await using up = await openStream(h.client, "import", options);
  const importing = Array.fromAsync(receiveBytes(await h.streams.get("import")));
  await sendBytes(up, source());
  await up.close();
  assert.ok(Buffer.concat(await importing).equals(payload));

  await using down = await openStream(h.client, "export", options);
  const daemon = await h.streams.get("export");
  const exporting = sendBytes(daemon, source()).then(() => daemon.close());
  assert.ok(Buffer.concat(await Array.fromAsync(receiveBytes(down))).equals(payload));
  await exporting;
});
