import assert from "node:assert/strict";
import { test } from "node:test";
import { Leases } from "@davit/api/services/leases";
import { NotFoundError } from "@davit/errdefs";
import type { Lease, LeaseManager, Resource } from "@davit/leases";
import { requireNamespace, type CallOptions } from "@davit/namespaces";
import { registrationOf } from "@davit/plugin";
import { GrpcLeasesPlugin, leasesService } from "@davit/plugin-grpc-leases";
import { serve, statusOf } from "@davit/test-support/serve";

const ns = { namespace: "ns" };
const lease: Lease = { id: "l", createdAt: 1_000_000_002n, labels: { a: "1" } };

/** A manager that has one lease, and notes what it is asked. */
class RecordingLeases implements LeaseManager {
  readonly calls: unknown[] = [];

  async create(...[given, options]: Parameters<LeaseManager["create"]>): Promise<Lease> {
    requireNamespace(options);
    this.calls.push({ create: given.id, labels: { ...given.labels } });
    return lease;
  }
  async delete(...[id, { sync }]: Parameters<LeaseManager["delete"]>): Promise<void> {
    this.calls.push({ delete: id, sync });
  }
  async list(...[{ filters }]: Parameters<LeaseManager["list"]>): Promise<readonly Lease[]> {
    this.calls.push({ list: filters });
    return [lease];
  }
  async addResource(id: string, resource: Resource, _options: CallOptions): Promise<void> {
    this.calls.push({ add: id, resource });
  }
  async deleteResource(id: string, resource: Resource, _options: CallOptions): Promise<void> {
    this.calls.push({ remove: id, resource });
  }
  async listResources(id: string): Promise<readonly Resource[]> {
    if (id !== "l") throw new NotFoundError(`lease "${id}"`);
    return [{ id: "a", type: "images" }];
  }
}

async function fixture() {
  const leases = new RecordingLeases();
  const served = await serve(Leases, leasesService(leases));
  return { leases, client: served.client, [Symbol.asyncDispose]: () => served[Symbol.asyncDispose]() };
}

test("calls reach the manager, and its answers the client", async () => {
  await using served = await fixture();
  const { client, leases } = served;
  const { lease: created } = await client.create({ id: "l", labels: { a: "1" } }, ns);
  assert.deepEqual([created?.id, created?.labels], ["l", { a: "1" }]);
  assert.deepEqual([created?.createdAt?.seconds, created?.createdAt?.nanos], [1n, 2]);
  await client.create({}, ns);
  await client.delete({ id: "l", sync: true }, ns);
  assert.equal((await client.list({ filters: ["id==l"] }, ns)).leases[0]?.id, "l");
  const resource = { id: "a", type: "images" };
  await client.addResource({ id: "l", resource }, ns);
  await client.deleteResource({ id: "l", resource }, ns);
  const { resources } = await client.listResources({ id: "l" }, ns);
  assert.deepEqual(
    resources.map(({ id, type }) => ({ id, type })),
    [resource],
  );
  assert.deepEqual(leases.calls, [
    { create: "l", labels: { a: "1" } },
    { create: "", labels: {} },
    { delete: "l", sync: true },
    { list: ["id==l"] },
    { add: "l", resource },
    { remove: "l", resource },
  ]);
});

test("errors arrive with their kind; a resource has to be there", async () => {
  await using served = await fixture();
  const { client } = served;
  assert.deepEqual(await statusOf(client.listResources({ id: "x" }, ns)), [5, 'lease "x": not found']);
  assert.deepEqual(await statusOf(client.create({})), [9, "namespace is required: failed precondition"]);
  const status = [3, "resource must be set: invalid argument"];
  assert.deepEqual(await statusOf(client.addResource({ id: "l" }, ns)), status);
  assert.deepEqual(await statusOf(client.deleteResource({ id: "l" }, ns)), status);
});

test("the plugin has containerd's name and requirements", () => {
  const { uri, requirements } = registrationOf(GrpcLeasesPlugin);
  assert.equal(uri, "io.containerd.grpc.v1.leases");
  assert.deepEqual(
    requirements.map(({ type }) => type),
    ["io.containerd.lease.v1"],
  );
});
