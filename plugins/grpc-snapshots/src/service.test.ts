import assert from "node:assert/strict";
import { test } from "node:test";
import { Kind, Snapshots } from "@davit/api/services/snapshots";
import { toStatus } from "@davit/errdefs";
import { createClient, type Client } from "@davit/grpc/client";
import type { CallOptions } from "@davit/namespaces";
import { snapshotsService } from "@davit/plugin-grpc-snapshots";
import type { Snapshotter } from "@davit/snapshots";
import { MemorySnapshotter } from "./testing/memory-snapshotter.ts";
import { serve } from "./testing/serve.ts";

const NAMESPACE = { namespace: "default" };
const snapshotter = "memory";

/** A test with a client of the service over gRPC. */
function clientTest(
  name: string,
  body: (client: Client<typeof Snapshots>, backend: MemorySnapshotter) => Promise<void>,
): void {
  void test(name, async () => {
    const backend = new MemorySnapshotter();
    await using served = await serve(backend);
    await body(createClient(Snapshots, served.channel), backend);
  });
}

/** The status of a call that fails. */
async function statusOf(call: Promise<unknown>): Promise<readonly [code: number, message: string]> {
  const error = await call.then(
    () => assert.fail("the call succeeded"),
    (err: unknown) => err,
  );
  const { code, message } = toStatus(error);
  return [code, message];
}

async function all<T>(list: AsyncIterable<T>): Promise<T[]> {
  return Array.fromAsync(list);
}

clientTest("a snapshotter has to be named, and loaded, in every request", async (client) => {
  const calls = (name: string): Promise<unknown>[] => [
    client.prepare({ snapshotter: name, key: "k" }, NAMESPACE),
    client.view({ snapshotter: name, key: "k" }, NAMESPACE),
    client.mounts({ snapshotter: name, key: "k" }, NAMESPACE),
    client.commit({ snapshotter: name, key: "k", name: "n" }, NAMESPACE),
    client.remove({ snapshotter: name, key: "k" }, NAMESPACE),
    client.stat({ snapshotter: name, key: "k" }, NAMESPACE),
    client.update({ snapshotter: name, info: { name: "k" } }, NAMESPACE),
    all(client.list({ snapshotter: name }, NAMESPACE)),
    client.usage({ snapshotter: name, key: "k" }, NAMESPACE),
    client.cleanup({ snapshotter: name }, NAMESPACE),
  ];
  for (const call of calls(""))
    assert.deepEqual(await statusOf(call), [3, "snapshotter argument missing: invalid argument"]);
  for (const call of calls("x"))
    assert.deepEqual(await statusOf(call), [3, "snapshotter not loaded: x: invalid argument"]);
});

clientTest("an empty key or name is refused with containerd's text", async (client) => {
  const refusal = [2, "bucket name required"];
  assert.deepEqual(await statusOf(client.prepare({ snapshotter }, NAMESPACE)), refusal);
  assert.deepEqual(await statusOf(client.view({ snapshotter }, NAMESPACE)), refusal);
  await client.prepare({ snapshotter, key: "k" }, NAMESPACE);
  assert.deepEqual(await statusOf(client.commit({ snapshotter, key: "k" }, NAMESPACE)), refusal);
});

clientTest("mounts, kinds, times and labels arrive as they are", async (client) => {
  const labels = { "containerd.io/snapshot/x": "1" };
  const { mounts } = await client.prepare({ snapshotter, key: "k", labels }, NAMESPACE);
  assert.deepEqual(
    mounts.map(({ type, source, target, options }) => ({ type, source, target, options })),
    [{ type: "bind", source: "/memory/k", target: "", options: ["rw", "rbind"] }],
  );
  const { info } = await client.stat({ snapshotter, key: "k" }, NAMESPACE);
  assert.equal(info?.kind, Kind.ACTIVE);
  assert.deepEqual(info.labels, labels);
  assert.ok((info.createdAt?.seconds ?? 0n) > 1_600_000_000n);
  await client.commit({ snapshotter, key: "k", name: "n" }, NAMESPACE);
  await client.view({ snapshotter, key: "v", parent: "n" }, NAMESPACE);
  const infos = (await all(client.list({ snapshotter }, NAMESPACE))).flatMap((batch) => batch.info);
  assert.deepEqual(
    infos.map(({ name, parent, kind }) => [name, parent, kind]),
    [
      ["n", "", Kind.COMMITTED],
      ["v", "n", Kind.VIEW],
    ],
  );
});

clientTest("update() without an info is refused; a mask of labels changes just those", async (client) => {
  assert.deepEqual(await statusOf(client.update({ snapshotter }, NAMESPACE)), [
    3,
    "info is required: invalid argument",
  ]);
  await client.prepare({ snapshotter, key: "k", labels: { a: "1", b: "2" } }, NAMESPACE);
  const info = { name: "k", labels: { a: "9", b: "9" } };
  const one = await client.update({ snapshotter, info, updateMask: { paths: ["labels.a"] } }, NAMESPACE);
  assert.deepEqual(one.info?.labels, { a: "9", b: "2" });
  assert.deepEqual((await client.update({ snapshotter, info }, NAMESPACE)).info?.labels, info.labels);
  const parent = client.update({ snapshotter, info, updateMask: { paths: ["parent"] } }, NAMESPACE);
  assert.deepEqual(await statusOf(parent), [
    3,
    'cannot update "parent" field on snapshot "k": invalid argument',
  ]);
});

clientTest("a list comes in messages of a hundred, an empty one without any", async (client, backend) => {
  const batches = async () =>
    (await all(client.list({ snapshotter }, NAMESPACE))).map(({ info }) => info.length);
  assert.deepEqual(await batches(), []);
  for (let i = 0; i < 200; i++) await backend.prepare(`key-${i}`, "", NAMESPACE);
  assert.deepEqual(await batches(), [100, 100]);
  await backend.prepare("one more", "", NAMESPACE);
  assert.deepEqual(await batches(), [100, 100, 1]);
});

clientTest("a filter that does not parse is of code Unknown here", async (client) => {
  const filters = ["name="];
  assert.deepEqual(await statusOf(all(client.list({ snapshotter, filters }, NAMESPACE))), [
    2,
    'filters: parse error: [name >|=|< ]: unsupported operator "=": invalid argument',
  ]);
});

clientTest("a call without a namespace gets the store's error", async (client) => {
  const wanted = [9, "namespace is required: failed precondition"];
  assert.deepEqual(await statusOf(client.stat({ snapshotter, key: "k" })), wanted);
  assert.deepEqual(await statusOf(all(client.list({ snapshotter }))), wanted);
  const filters = ["name="];
  assert.deepEqual(
    await statusOf(all(client.list({ snapshotter, filters }))),
    wanted,
    "also when the filter is wrong",
  );
});

clientTest(
  "Cleanup is Unimplemented where a snapshotter has none, and passed on where it has",
  async (client, backend) => {
    assert.deepEqual(await statusOf(client.cleanup({ snapshotter })), [
      12,
      "snapshotter does not implement Cleanup method: not implemented",
    ]);
    let cleaned = 0;
    Object.assign(backend, { cleanup: async () => void cleaned++ });
    await client.cleanup({ snapshotter }, NAMESPACE);
    assert.equal(cleaned, 1);
  },
);

test("the options of the call reach the snapshotter whole; an empty parent of a commit is none", async () => {
  const seen: object[] = [];
  const backend = {
    commit: async (name: string, key: string, options: object) => void seen.push({ name, key, ...options }),
  } as unknown as Snapshotter;
  const service = snapshotsService(new Map([[snapshotter, backend]]));
  const options: CallOptions = { namespace: "ns", lease: "l", signal: AbortSignal.timeout(1000) };
  const request = { snapshotter, name: "n", key: "k", labels: {} };
  type Request = Parameters<typeof service.commit>[0];
  await service.commit({ ...request, parent: "" } as Request, options);
  await service.commit({ ...request, parent: "p" } as Request, options);
  assert.deepEqual(seen, [
    { name: "n", key: "k", labels: {}, ...options, parent: undefined },
    { name: "n", key: "k", labels: {}, ...options, parent: "p" },
  ]);
});
