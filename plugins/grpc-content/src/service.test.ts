import assert from "node:assert/strict";
import { test } from "node:test";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  InfoRequestSchema,
  ReadContentRequestSchema,
  UpdateRequestSchema,
  WriteAction,
  WriteContentRequestSchema,
} from "@davit/api/services/content";
import type { ContentStore } from "@davit/content";
import { MemoryStore } from "@davit/content-testsuite";
import { digestOf } from "@davit/digest";
import { toStatus, type Status } from "@davit/errdefs";
import { contentService } from "@davit/plugin-grpc-content";

const call = { namespace: "default" };
const { STAT, WRITE, COMMIT } = WriteAction;
const data = Buffer.from("hello");
const digest = digestOf(data);
const write = (request: MessageInitShape<typeof WriteContentRequestSchema>) =>
  create(WriteContentRequestSchema, request);

/** A store that has the blob `hello`. */
async function hello(): Promise<MemoryStore> {
  const store = new MemoryStore();
  await using writer = await store.writer("hello", call);
  await writer.write(data);
  await writer.commit(call);
  return store;
}

/** What a failing call sends. */
async function statusOf(work: Promise<unknown> | AsyncIterable<unknown>): Promise<Status> {
  try {
    await (Symbol.asyncIterator in work ? Array.fromAsync(work) : work);
  } catch (err) {
    return toStatus(err);
  }
  return assert.fail("the call succeeded");
}

async function* sent(
  ...requests: MessageInitShape<typeof WriteContentRequestSchema>[]
): AsyncGenerator<ReturnType<typeof write>> {
  for (const request of requests) yield write(request);
}

test("texts that containerd sends without their kind's own are sent so", async () => {
  const service = contentService(await hello());
  const beyond = create(ReadContentRequestSchema, { digest, offset: 6n });
  assert.deepEqual(await statusOf(service.read(beyond, call)), {
    code: 11,
    message: "read past object length 5 bytes",
  });
  assert.deepEqual(await statusOf(service.info(create(InfoRequestSchema, { digest: "x" }), call)), {
    code: 3,
    message: '"x" failed validation',
  });
  assert.deepEqual(await statusOf(service.write(sent({ action: STAT }), call)), {
    code: 3,
    message: "first message must have a reference",
  });
  assert.deepEqual(await statusOf(service.write(sent({ ref: "r" }, { action: WRITE, offset: 4n }), call)), {
    code: 11,
    message: "write @4 must occur at current offset 0",
  });
  assert.deepEqual(
    await statusOf(service.write(sent({ ref: "r" }, { action: STAT, expected: digest }), call)),
    {
      code: 6,
      message: `blob with expected digest ${digest} exists`,
    },
  );
  assert.deepEqual(await statusOf(service.write(sent(), call)), { code: 2, message: "EOF" });
});

test("an Update without an info is InvalidArgument, where the reference implementation dies", async () => {
  const service = contentService(await hello());
  const status = await statusOf(service.update(create(UpdateRequestSchema), call));
  assert.deepEqual(status, { code: 3, message: "info is required: invalid argument" });
});

test("the answers of a Write have times and a total only after a STAT, the total that it was told", async () => {
  const service = contentService(new MemoryStore());
  const begin = data.subarray(0, 2);
  const first = sent({ action: WRITE, ref: "r", data: begin, total: 5n }, { action: WRITE, offset: 2n });
  assert.deepEqual(await Array.fromAsync(service.write(first, call)), [
    { action: WRITE, offset: 2n, digest: digestOf(begin) },
    { action: WRITE, offset: 2n, digest: digestOf(begin) },
  ]);
  const second = sent({ ref: "r" }, { action: COMMIT, offset: 2n, data: data.subarray(2), total: 5n });
  const [stat, committed] = await Array.fromAsync(service.write(second, call));
  assert.ok(stat && "startedAt" in stat && stat.startedAt);
  assert.equal(stat.total, 0n, "an earlier stream named a total, this one did not");
  assert.deepEqual(committed, { ...stat, action: COMMIT, offset: 5n, digest });
});

test("a negative offset appends", async () => {
  const service = contentService(new MemoryStore());
  const requests = sent(
    { action: WRITE, ref: "r", data: data.subarray(0, 2) },
    { action: COMMIT, offset: -7n, data: data.subarray(2), expected: digest },
  );
  const answers = await Array.fromAsync(service.write(requests, call));
  assert.deepEqual(
    answers.map((answer) => ("offset" in answer ? answer.offset : undefined)),
    [2n, 5n],
  );
});

test("an unknown action is answered with what was said before", async () => {
  const service = contentService(new MemoryStore());
  const requests = sent({ action: WRITE, ref: "r", data }, { action: 7 as WriteAction, data });
  assert.deepEqual(await Array.fromAsync(service.write(requests, call)), [
    { action: WRITE, offset: 5n, digest },
    { action: 7, offset: 5n, digest },
  ]);
});

test("one response to each request: the last is not repeated", async () => {
  const service = contentService(new MemoryStore());
  const requests = sent({ action: STAT, ref: "r" }, { action: COMMIT, data }, { action: STAT });
  const answers = await Array.fromAsync(service.write(requests, call));
  assert.deepEqual(
    answers.map((answer) => ("action" in answer ? answer.action : undefined)),
    [STAT, COMMIT],
  );
});

test("a Write whose requests fail leaves the ingest, unlocked", async () => {
  const store = new MemoryStore();
  async function* broken(): AsyncGenerator<ReturnType<typeof write>> {
    yield write({ action: WRITE, ref: "r", data });
    throw new Error("connection lost");
  }
  await statusOf(contentService(store).write(broken(), call));
  await using writer = await store.writer("r", call);
  assert.equal(writer.status().offset, 5n);
});

test("a blob that is shorter than it was is DataLoss, not a short answer", async () => {
  const memory = await hello();
  const store: ContentStore = Object.create(memory, {
    readerAt: {
      value: () =>
        Promise.resolve({
          sizeBytes: 9n,
          read: (buffer: Uint8Array, position: bigint) =>
            Promise.resolve(position < 5n ? data.copy(buffer, 0, Number(position)) : 0),
          [Symbol.asyncDispose]: () => Promise.resolve(),
        }),
    },
  }) as ContentStore;
  const service = contentService(store);
  const status = await statusOf(service.read(create(ReadContentRequestSchema, { digest }), call));
  assert.deepEqual(status, { code: 15, message: `content ${digest} ends at byte 5: data loss` });
});
