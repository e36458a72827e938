import assert from "node:assert/strict";
import { test } from "node:test";
import type { LeaseManager } from "@davit/leases";
import { MetadataPlugin, type MetadataStore } from "@davit/metadata";
import { definePlugin, startPlugins } from "@davit/plugin";
import { StreamingManagerPlugin, StreamRegistry } from "@davit/plugin-streaming-manager";
import { StreamingPlugin, streamPair } from "@davit/streaming";

const options = { namespace: "default" };
const alreadyExists = { name: "AlreadyExistsError", message: "already exists" };
const notFound = { name: "NotFoundError", message: "not found" };

/** Leases of the namespace `default`. */
const leases = (...ids: string[]): Pick<LeaseManager, "list"> => ({
  list: async ({ namespace, filters = [] }) =>
    ids
      .filter((id) => namespace === "default" && filters.includes(`id==${JSON.stringify(id)}`))
      .map((id) => ({ id, createdAt: 0n, labels: {} })),
});

test("a stream is known by namespace and id until its registration is disposed", async () => {
  const registry = new StreamRegistry(leases());
  const [stream] = streamPair();
  const registration = await registry.register("id", stream, options);
  assert.equal(await registry.get("id", options), stream);
  await assert.rejects(registry.get("other", options), notFound);
  await assert.rejects(registry.get("id", { namespace: "other" }), notFound);
  registration[Symbol.dispose]();
  await assert.rejects(registry.get("id", options), notFound);
});

test("an id that is taken is AlreadyExists, in its namespace alone; no namespace is one, too", async () => {
  const registry = new StreamRegistry(leases());
  const [[first], [second]] = [streamPair(), streamPair()];
  await registry.register("id", first, options);
  await assert.rejects(registry.register("id", second, options), alreadyExists);
  await registry.register("id", second, { namespace: "" });
  await registry.register("", second, options);
  assert.equal(await registry.get("id", options), first);
  assert.equal(await registry.get("id", { namespace: "" }), second);
});

test("an old registration does not take the id from a new one", async () => {
  const registry = new StreamRegistry(leases());
  const [[first], [second]] = [streamPair(), streamPair()];
  const old = await registry.register("id", first, options);
  old[Symbol.dispose]();
  await registry.register("id", second, options);
  old[Symbol.dispose]();
  assert.equal(await registry.get("id", options), second);
});

test("of two who ask at once one gets the id", async () => {
  const registry = new StreamRegistry(leases("kept"));
  const leased = { ...options, lease: "kept" };
  const results = await Promise.allSettled(
    [streamPair(), streamPair()].map(([stream]) => registry.register("id", stream, leased)),
  );
  assert.deepEqual(
    results.map(({ status }) => status),
    ["fulfilled", "rejected"],
  );
});

test("the lease of the call is kept with the stream, and has to exist", async () => {
  const registry = new StreamRegistry(leases('l"1'));
  const [stream] = streamPair();
  await registry.register("leased", stream, { ...options, lease: 'l"1' });
  await registry.register("free", stream, options);
  assert.deepEqual(
    registry.list().map(({ namespace, id, lease }) => [namespace, id, lease]),
    [
      ["default", "leased", 'l"1'],
      ["default", "free", undefined],
    ],
  );
  await assert.rejects(registry.register("x", stream, { ...options, lease: "gone" }), {
    name: "NotFoundError",
    message: "lease does not exist: not found",
  });
  assert.equal(registry.list().length, 2);
});

test("the plugin has containerd's name and needs; closing it ends the streams", async () => {
  const metadata = definePlugin({
    type: MetadataPlugin,
    id: "memory",
    init: () => ({ leases: leases() }) as unknown as MetadataStore,
  });
  const [stream, client] = streamPair();
  {
    await using set = await startPlugins({
      plugins: [StreamingManagerPlugin, metadata],
      root: "/r",
      state: "/s",
    });
    const info = set.get("io.containerd.streaming.v1.manager");
    assert.deepEqual([info?.state, info?.requires], ["loaded", ["io.containerd.metadata.v1"]]);
    await set.lookUp(StreamingPlugin).register("id", stream, options);
  }
  assert.equal(await client.recv(), undefined);
});
