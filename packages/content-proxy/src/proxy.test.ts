import assert from "node:assert/strict";
import { test } from "node:test";
import { WriteAction, type WriteContentRequest } from "@davit/api/services/content";
import { digestOf } from "@davit/digest";
import { isFailedPrecondition, isUnavailable, kindOf, NotFoundError } from "@davit/errdefs";
import { served } from "./testing/served.ts";

const call = { namespace: "default" };
const digest = digestOf("hello");
const MiB = 1024 * 1024;

/** Answers each request of a Write as a store would, and keeps the requests. */
function recorder(): {
  readonly requests: WriteContentRequest[];
  readonly write: (requests: AsyncIterable<WriteContentRequest>) => AsyncGenerator<object>;
} {
  const kept: WriteContentRequest[] = [];
  return {
    requests: kept,
    async *write(requests) {
      let offset = 0n;
      for await (const request of requests) {
        kept.push(request);
        offset += BigInt(request.data.length);
        yield { action: request.action, offset, digest };
        if (request.action === WriteAction.COMMIT) return;
      }
    },
  };
}

test("namespace and lease of a call reach the service", async () => {
  const seen: unknown[] = [];
  await using proxy = await served({
    info: async (_request, { namespace, lease }) => {
      seen.push([namespace, lease]);
      throw new NotFoundError(`content ${digest}`);
    },
  });
  await assert.rejects(proxy.store.info(digest, { namespace: "n", lease: "l" }), (err: Error) => {
    assert.equal(kindOf(err), "NotFound");
    assert.equal(err.message, `content ${digest}: not found`);
    return true;
  });
  assert.deepEqual(seen, [["n", "l"]]);
});

test("an answer without its message is Internal, not a crash", async () => {
  await using proxy = await served({ info: async () => ({}), status: async () => ({}) });
  await assert.rejects(proxy.store.info(digest, call), /answered without an info: internal$/);
  await assert.rejects(proxy.store.status("r", call), /answered without a status: internal$/);
});

test("a large write is sent in messages of 1 MiB at rising offsets", async () => {
  const { requests, write } = recorder();
  await using proxy = await served({ write });
  await using writer = await proxy.store.writer("r", { ...call, total: 9n, expected: digest });
  await writer.write(Buffer.alloc(2 * MiB + 5));
  await writer.commit({ ...call, sizeBytes: 7n, labels: { a: "1" } });
  const { STAT, WRITE, COMMIT } = WriteAction;
  assert.deepEqual(
    requests.map(({ action, offset, data }) => [action, Number(offset), data.length]),
    [
      [STAT, 0, 0],
      [WRITE, 0, MiB],
      [WRITE, MiB, MiB],
      [WRITE, 2 * MiB, 5],
      [COMMIT, 2 * MiB + 5, 0],
    ],
  );
  const [first, last] = [requests[0], requests.at(-1)];
  assert.deepEqual([first?.ref, first?.total, first?.expected], ["r", 9n, digest]);
  assert.deepEqual([last?.total, { ...last?.labels }], [7n, { a: "1" }]);
});

test("closing a writer waits until the service has ended the call", async () => {
  let ended = false;
  await using proxy = await served({
    async *write(requests) {
      for await (const { action } of requests) yield { action, digest };
      await new Promise((resolve) => setTimeout(resolve, 50));
      ended = true;
    },
  });
  const writer = await proxy.store.writer("r", call);
  await writer[Symbol.asyncDispose]();
  assert.ok(ended);
});

test("a service that repeats its last response, as containerd does, is understood", async () => {
  await using proxy = await served({
    async *write(requests) {
      for await (const { action } of requests) {
        yield { action, digest };
        if (action !== WriteAction.COMMIT) continue;
        yield { action, digest };
        return;
      }
    },
  });
  await using writer = await proxy.store.writer("r", call);
  assert.equal(await writer.commit(call), digest);
});

test("a service that ends a write without an answer is Internal", async () => {
  await using proxy = await served({ async *write() {} });
  await assert.rejects(proxy.store.writer("r", call), /ended the write without an answer: internal$/);
});

test("a commit is given up when its signal is aborted, and the writer is closed", async () => {
  await using proxy = await served({
    async *write(requests, { signal }) {
      for await (const { action } of requests) {
        // The commit takes for ever.
        if (action === WriteAction.COMMIT)
          await new Promise((_resolve, reject) =>
            signal?.addEventListener("abort", () => reject(new Error("given up"))),
          );
        yield { action, digest };
      }
    },
  });
  await using writer = await proxy.store.writer("r", call);
  const reason = new Error("changed my mind");
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), 20);
  await assert.rejects(writer.commit({ ...call, signal: controller.signal }), reason);
  await assert.rejects(writer.write(Buffer.from("x")), isFailedPrecondition);
});

test("a signal given to writer() counts until the writer is open", async () => {
  await using proxy = await served({ write: recorder().write });
  const controller = new AbortController();
  await using writer = await proxy.store.writer("r", { ...call, signal: controller.signal });
  controller.abort();
  await writer.write(Buffer.from("x"));
  await assert.rejects(proxy.store.writer("s", { ...call, signal: controller.signal }), {
    name: "AbortError",
  });
});

test("a service that goes away is Unavailable", async () => {
  await using proxy = await served({ write: recorder().write });
  await using writer = await proxy.store.writer("r", call);
  await proxy.stop();
  await assert.rejects(writer.write(Buffer.from("x")), isUnavailable);
  await assert.rejects(proxy.store.info(digest, call), isUnavailable);
});

test("a reader asks for no bytes when its buffer is empty", async () => {
  await using proxy = await served({
    info: async () => ({ info: { digest, size: 5n } }),
    async *read() {
      yield { data: Buffer.from("hello") };
    },
  });
  await using reader = await proxy.store.readerAt(digest, call);
  assert.equal(await reader.read(new Uint8Array(), 0n), 0);
  assert.equal(await reader.read(new Uint8Array(5), 0n), 5);
});
