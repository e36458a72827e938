import assert from "node:assert/strict";
import { test } from "node:test";
import { NotFoundError } from "@davit/errdefs";
import { GcPlugin } from "@davit/gc";
import { LeasePlugin, type LeaseManager } from "@davit/leases";
import { MetadataPlugin, type MetadataStore } from "@davit/metadata";
import { definePlugin, startPlugins } from "@davit/plugin";
import { LeaseManagerPlugin, ManagedLeases } from "@davit/plugin-lease-manager";

const ns = { namespace: "ns" };

/** Leases that note every call. */
function recording(): { readonly leases: LeaseManager; readonly calls: string[] } {
  const calls: string[] = [];
  const note =
    <T>(name: string, result: T) =>
    async (...args: unknown[]): Promise<T> => {
      const texts = args.slice(0, -1).map((arg) => JSON.stringify(arg));
      calls.push([name, ...texts].join(" "));
      if (args[0] === "none") throw new NotFoundError('lease "none"');
      return result;
    };
  const lease = { id: "l", createdAt: 1n, labels: {} };
  const leases = {
    create: note("create", lease),
    delete: note("delete", undefined),
    list: note("list", [lease]),
    addResource: note("addResource", undefined),
    deleteResource: note("deleteResource", undefined),
    listResources: note("listResources", [{ id: "a", type: "images" }]),
  };
  return { leases, calls };
}

test("calls reach the store as they are", async () => {
  const { leases, calls } = recording();
  const managed = new ManagedLeases(leases);
  const resource = { id: "a", type: "images" };
  assert.equal((await managed.create({ id: "l" }, ns)).id, "l");
  assert.equal((await managed.list(ns)).length, 1);
  await managed.addResource("l", resource, ns);
  await managed.deleteResource("l", resource, ns);
  assert.deepEqual(await managed.listResources("l", ns), [resource]);
  await managed.delete("l", { ...ns, sync: true });
  assert.deepEqual(calls, [
    'create {"id":"l"}',
    "list",
    'addResource "l" {"id":"a","type":"images"}',
    'deleteResource "l" {"id":"a","type":"images"}',
    'listResources "l"',
    'delete "l"',
  ]);
});

test("a synchronous deletion waits for a collection; another does not, nor one that fails", async () => {
  const { leases, calls } = recording();
  const gc = {
    scheduleAndWait: async ({ signal }: { readonly signal?: AbortSignal | undefined } = {}) => {
      signal?.throwIfAborted();
      calls.push("collected");
    },
  };
  const managed = new ManagedLeases(leases, gc);
  await managed.delete("a", ns);
  await managed.delete("b", { ...ns, sync: true });
  await assert.rejects(managed.delete("none", { ...ns, sync: true }), /not found/);
  assert.deepEqual(calls, ['delete "a"', 'delete "b"', "collected", 'delete "none"']);
  const signal = AbortSignal.abort(new Error("gone"));
  await assert.rejects(managed.delete("c", { ...ns, sync: true, signal }), /gone/);
});

test("the plugin requires metadata and, where there is one, a collector", async () => {
  const { leases, calls } = recording();
  const metadata = definePlugin({
    type: MetadataPlugin,
    id: "test",
    init: () => ({ leases }) as unknown as MetadataStore,
  });
  const gc = definePlugin({
    type: GcPlugin,
    id: "scheduler",
    init: () => ({ scheduleAndWait: async () => void calls.push("collected") }),
  });
  for (const [plugins, expected] of [
    [[LeaseManagerPlugin, metadata], ['delete "l"']],
    [
      [LeaseManagerPlugin, metadata, gc],
      ['delete "l"', "collected"],
    ],
  ] as const) {
    await using set = await startPlugins({
      plugins: [...plugins],
      root: "/nonexistent",
      state: "/nonexistent",
    });
    await set.lookUp(LeasePlugin).delete("l", { ...ns, sync: true });
    assert.deepEqual(calls.splice(0), expected);
    assert.deepEqual(set.get("io.containerd.lease.v1.manager")?.requires, [
      "io.containerd.metadata.v1",
      "io.containerd.gc.v1",
    ]);
  }
});
