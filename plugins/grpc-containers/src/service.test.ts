import assert from "node:assert/strict";
import { test } from "node:test";
import { fromBinary, type DescMessage } from "@bufbuild/protobuf";
import { ContainerCreateSchema, ContainerDeleteSchema, ContainerUpdateSchema } from "@davit/api/events";
import { Containers } from "@davit/api/services/containers";
import type { Container, ContainerStore } from "@davit/containers";
import { NotFoundError } from "@davit/errdefs";
import type { EventExchange } from "@davit/events";
import { registrationOf } from "@davit/plugin";
import {
  containersService,
  ContainersServicePlugin,
  GrpcContainersPlugin,
} from "@davit/plugin-grpc-containers";
import { serve, statusOf } from "@davit/test-support/serve";

const any = (text: string) => ({
  typeUrl: `types.example/${text}`,
  value: new Uint8Array(Buffer.from(text)),
});
const ns = { namespace: "ns" };
const container: Container = {
  id: "c",
  labels: { a: "1" },
  image: "i",
  runtime: { name: "r", options: any("options") },
  spec: any("spec"),
  snapshotter: "overlayfs",
  snapshotKey: "k",
  createdAt: 1_000_000_002n,
  updatedAt: 3n,
  extensions: { x: any("x") },
  sandboxId: "pod",
};
const { createdAt: _created, updatedAt: _updated, sandboxId: sandbox, ...fields } = container;
const sent = { ...fields, sandbox };

/** Without what protobuf-es and the transport add: names of messages, kinds of buffers. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return [...value];
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([key, inner]) => key !== "$typeName" && inner !== undefined);
  return Object.fromEntries(entries.map(([key, inner]) => [key, plain(inner)]));
}

/** A store that has one container, and notes what it is asked. */
class RecordingContainers implements ContainerStore {
  readonly calls: unknown[] = [];

  async get(id: string): Promise<Container> {
    if (id !== container.id) throw new NotFoundError(`container "${id}" in namespace "ns"`);
    return container;
  }
  async *list(...[{ filters }]: Parameters<ContainerStore["list"]>): AsyncGenerator<Container> {
    this.calls.push({ list: filters });
    yield container;
    yield { ...container, id: "d" };
  }
  async create(...[created]: Parameters<ContainerStore["create"]>): Promise<Container> {
    this.calls.push({ create: plain(created) });
    return container;
  }
  async update(...[updated, { fieldpaths }]: Parameters<ContainerStore["update"]>): Promise<Container> {
    this.calls.push({ update: plain(updated), fieldpaths });
    return container;
  }
  async delete(id: string): Promise<void> {
    await this.get(id);
  }
}

async function fixture() {
  const containers = new RecordingContainers();
  const published: Parameters<EventExchange["publish"]>[] = [];
  const events = {
    publish: async (...event: (typeof published)[number]) => void published.push(event),
  } as unknown as EventExchange;
  const served = await serve(Containers, containersService(containers, events));
  const { client } = served;
  return { containers, published, client, [Symbol.asyncDispose]: () => served[Symbol.asyncDispose]() };
}

test("a container arrives with all that it has", async () => {
  await using served = await fixture();
  const { container: got } = await served.client.get({ id: "c" }, ns);
  assert.ok(got);
  const { createdAt, updatedAt, ...rest } = got;
  assert.deepEqual(plain(rest), plain(sent));
  assert.deepEqual([createdAt?.seconds, createdAt?.nanos, updatedAt?.nanos], [1n, 2, 3]);
  assert.deepEqual(await statusOf(served.client.get({ id: "x" }, ns)), [
    5,
    'container "x" in namespace "ns": not found',
  ]);
});

test("lists come at once, or one by one", async () => {
  await using served = await fixture();
  const { client, containers } = served;
  const { containers: all } = await client.list({ filters: ["id"] }, ns);
  const streamed = await Array.fromAsync(client.listStream({ filters: ["image"] }, ns));
  assert.deepEqual(
    all.map(({ id }) => id),
    ["c", "d"],
  );
  assert.deepEqual(
    streamed.map((each) => each.container?.id),
    ["c", "d"],
  );
  assert.deepEqual(containers.calls, [{ list: ["id"] }, { list: ["image"] }]);
});

test("changes reach the store, and are told of when they are done", async () => {
  await using served = await fixture();
  const { client, containers, published } = served;
  await client.create({ container: sent }, ns);
  await client.update({ container: sent, updateMask: { paths: ["labels.a", "spec"] } }, ns);
  await client.delete({ id: "c" }, ns);
  await statusOf(client.delete({ id: "x" }, ns));
  const given = plain({ ...fields, sandboxId: "pod" });
  assert.deepEqual(containers.calls, [
    { create: given },
    { update: given, fieldpaths: ["labels.a", "spec"] },
  ]);
  assert.deepEqual(
    published.map(([topic, event, options]) => [topic, event?.typeUrl, options.namespace]),
    [
      ["/containers/create", "containerd.events.ContainerCreate", "ns"],
      ["/containers/update", "containerd.events.ContainerUpdate", "ns"],
      ["/containers/delete", "containerd.events.ContainerDelete", "ns"],
    ],
  );
  const decoded = (index: number, schema: DescMessage) =>
    plain(fromBinary(schema, published[index]?.[1]?.value ?? new Uint8Array()));
  assert.deepEqual(
    decoded(0, ContainerCreateSchema),
    plain({ id: "c", image: "i", runtime: container.runtime }),
  );
  assert.deepEqual(decoded(1, ContainerUpdateSchema), {
    id: "c",
    image: "i",
    labels: { a: "1" },
    snapshotKey: "k",
  });
  assert.deepEqual(decoded(2, ContainerDeleteSchema), { id: "c" });
});

test("a container may have no runtime, spec and options: the store decides", async () => {
  await using served = await fixture();
  await served.client.create({ container: { id: "c" } }, ns);
  const empty = { labels: {}, image: "", snapshotter: "", snapshotKey: "", extensions: {}, sandboxId: "" };
  assert.deepEqual(served.containers.calls, [{ create: { id: "c", runtime: { name: "" }, ...empty } }]);
});

test("requests that lack something are InvalidArgument", async () => {
  await using served = await fixture();
  const { client } = served;
  assert.deepEqual(await statusOf(client.create({}, ns)), [3, "container must be set: invalid argument"]);
  assert.deepEqual(await statusOf(client.update({}, ns)), [3, "container must be set: invalid argument"]);
  assert.deepEqual(await statusOf(client.update({ container: {} }, ns)), [3, "Container.ID required"]);
});

test("the plugins have containerd's names and requirements", () => {
  const [service, grpc] = [ContainersServicePlugin, GrpcContainersPlugin].map(registrationOf);
  assert.equal(service?.uri, "io.containerd.service.v1.containers-service");
  assert.deepEqual(
    service?.requirements.map(({ type }) => type),
    ["io.containerd.event.v1", "io.containerd.metadata.v1"],
  );
  assert.equal(grpc?.uri, "io.containerd.grpc.v1.containers");
  assert.deepEqual(
    grpc?.requirements.map(({ type, id }) => [type, id]),
    [["io.containerd.service.v1", "containers-service"]],
  );
});
