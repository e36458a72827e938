import assert from "node:assert/strict";
import { test } from "node:test";
import { fromBinary, type DescMessage } from "@bufbuild/protobuf";
import { NamespaceCreateSchema, NamespaceDeleteSchema, NamespaceUpdateSchema } from "@davit/api/events";
import { Namespaces } from "@davit/api/services/namespaces";
import { AlreadyExistsError, quote } from "@davit/errdefs";
import type { EventExchange } from "@davit/events";
import type { Namespace, NamespaceStore } from "@davit/namespaces";
import { registrationOf } from "@davit/plugin";
import {
  GrpcNamespacesPlugin,
  namespacesService,
  NamespacesServicePlugin,
} from "@davit/plugin-grpc-namespaces";
import { serve, statusOf } from "@davit/test-support/serve";

/** Namespaces in a map; what they are asked is noted. */
class MapNamespaces implements NamespaceStore {
  readonly map = new Map<string, Readonly<Record<string, string>>>();
  readonly calls: unknown[] = [];

  async create({ name, labels }: Namespace): Promise<void> {
    if (this.map.has(name)) throw new AlreadyExistsError(`namespace ${quote(name)}`);
    this.map.set(name, labels);
  }
  async labels(name: string): Promise<Readonly<Record<string, string>>> {
    return this.map.get(name) ?? {};
  }
  async list(): Promise<readonly string[]> {
    return [...this.map.keys()];
  }
  async update(namespace: Namespace, fieldpaths?: readonly string[]): Promise<void> {
    const { name, labels } = namespace;
    this.calls.push({ name, labels: { ...labels }, fieldpaths });
  }
  async delete(name: string): Promise<void> {
    this.map.delete(name);
  }
}

async function fixture() {
  const namespaces = new MapNamespaces();
  const published: Parameters<EventExchange["publish"]>[] = [];
  const events = {
    publish: async (...event: (typeof published)[number]) => void published.push(event),
  } as unknown as EventExchange;
  const served = await serve(Namespaces, namespacesService(namespaces, events));
  const { client } = served;
  return { namespaces, published, client, [Symbol.asyncDispose]: () => served[Symbol.asyncDispose]() };
}

test("a namespace that nobody knows has no labels", async () => {
  await using served = await fixture();
  for (const name of ["unknown", "", "not an identifier"]) {
    const { namespace } = await served.client.get({ name });
    assert.deepEqual([namespace?.name, namespace?.labels], [name, {}]);
  }
});

test("create() answers what it was given; list() and get() what is kept", async () => {
  await using served = await fixture();
  const { client } = served;
  const labels = { a: "1", empty: "" };
  const { namespace } = await client.create({ namespace: { name: "ns", labels } });
  assert.deepEqual([namespace?.name, namespace?.labels], ["ns", labels]);
  const { namespaces } = await client.list({});
  assert.deepEqual(
    namespaces.map(({ name, labels }) => [name, labels]),
    [["ns", labels]],
  );
  assert.deepEqual((await client.get({ name: "ns" })).namespace?.labels, labels);
  assert.deepEqual(await statusOf(client.create({ namespace: { name: "ns" } })), [
    6,
    'namespace "ns": already exists',
  ]);
});

test("update() passes the mask on and answers no namespace", async () => {
  await using served = await fixture();
  const { client, namespaces } = served;
  const namespace = { name: "ns", labels: { a: "1" } };
  assert.equal((await client.update({ namespace })).namespace, undefined);
  await client.update({ namespace, updateMask: { paths: ["labels.a"] } });
  assert.deepEqual(namespaces.calls, [
    { ...namespace, fieldpaths: undefined },
    { ...namespace, fieldpaths: ["labels.a"] },
  ]);
});

test("changes are told of in the namespace that they are about", async () => {
  await using served = await fixture();
  const { client, published } = served;
  const namespace = { name: "ns", labels: { a: "1" } };
  await client.create({ namespace }, { namespace: "caller" });
  await client.update({ namespace });
  await client.delete({ name: "ns" });
  assert.deepEqual(
    published.map(([topic, event, options]) => [topic, event?.typeUrl, options.namespace]),
    [
      ["/namespaces/create", "containerd.events.NamespaceCreate", "ns"],
      ["/namespaces/update", "containerd.events.NamespaceUpdate", "ns"],
      ["/namespaces/delete", "containerd.events.NamespaceDelete", "ns"],
    ],
  );
  const decoded = (index: number, schema: DescMessage) => {
    const { $typeName: _, ...fields } = fromBinary(schema, published[index]?.[1]?.value ?? new Uint8Array());
    return fields;
  };
  assert.deepEqual(decoded(0, NamespaceCreateSchema), namespace);
  assert.deepEqual(decoded(1, NamespaceUpdateSchema), namespace);
  assert.deepEqual(decoded(2, NamespaceDeleteSchema), { name: "ns" });
});

test("a request without a namespace is InvalidArgument", async () => {
  await using served = await fixture();
  const status = [3, "namespace must be set: invalid argument"];
  assert.deepEqual(await statusOf(served.client.create({})), status);
  assert.deepEqual(await statusOf(served.client.update({})), status);
});

test("the plugins have containerd's names and requirements", () => {
  const [service, grpc] = [NamespacesServicePlugin, GrpcNamespacesPlugin].map(registrationOf);
  assert.equal(service?.uri, "io.containerd.service.v1.namespaces-service");
  assert.deepEqual(
    service?.requirements.map(({ type }) => type),
    ["io.containerd.event.v1", "io.containerd.metadata.v1"],
  );
  assert.equal(grpc?.uri, "io.containerd.grpc.v1.namespaces");
  assert.deepEqual(
    grpc?.requirements.map(({ type, id }) => [type, id]),
    [["io.containerd.service.v1", "namespaces-service"]],
  );
});
