import assert from "node:assert/strict";
import { test } from "node:test";
import { isAlreadyExists, isInvalidArgument, wireMessage } from "@davit/errdefs";
import { openFixture, type Fixture } from "../testing/fixture.ts";
import { container, image, messageOf } from "../testing/objects.ts";

test("namespaces spring into being with the first write into them, in byte order", async () => {
  await using fixture = await openFixture();
  const { namespaces, images, leases } = fixture.metadata;
  await images.create(image("a"), { namespace: "zoo" });
  await leases.create({}, { namespace: "Bar" });
  await namespaces.create({ name: "new", labels: { a: "1", empty: "" } });
  assert.deepEqual(await namespaces.list(), ["Bar", "new", "zoo"]);
  assert.deepEqual(await namespaces.labels("new"), { a: "1" });
  assert.deepEqual(await namespaces.labels("zoo"), {});
  assert.deepEqual(await namespaces.labels("unknown"), {});
});

test("create() refuses a name in use or no identifier, and labels that are too long", async () => {
  await using fixture = await openFixture();
  const { namespaces, images } = fixture.metadata;
  await images.create(image("a"), { namespace: "implicit" });
  await assert.rejects(namespaces.create({ name: "implicit", labels: {} }), isAlreadyExists);
  assert.equal(
    await messageOf(namespaces.create({ name: "implicit", labels: {} })),
    'namespace "implicit": already exists',
  );
  await assert.rejects(namespaces.create({ name: "a/b", labels: {} }), isInvalidArgument);
  await assert.rejects(namespaces.create({ name: "", labels: {} }), isInvalidArgument);
  assert.match(
    await messageOf(namespaces.create({ name: "x", labels: { k: "v".repeat(4096) } })),
    /^namespace\.Labels: label key and value length \(4097 bytes\)/,
  );
});

test("update() changes labels by key or all of them, and makes a namespace that is not there", async () => {
  await using fixture = await openFixture();
  const { namespaces } = fixture.metadata;
  await namespaces.create({ name: "ns", labels: { a: "1", b: "2" } });
  await namespaces.update({ name: "ns", labels: { a: "3", b: "x" } }, ["labels.a"]);
  assert.deepEqual(await namespaces.labels("ns"), { a: "3", b: "2" });
  await namespaces.update({ name: "ns", labels: {} }, ["labels.a"]);
  assert.deepEqual(await namespaces.labels("ns"), { b: "2" });
  await namespaces.update({ name: "ns", labels: { c: "4", d: "" } });
  assert.deepEqual(await namespaces.labels("ns"), { c: "4" });
  await namespaces.update({ name: "unknown", labels: { e: "5" } });
  await namespaces.update({ name: "unlabelled", labels: {} });
  assert.deepEqual(await namespaces.list(), ["ns", "unknown"], "without a label nothing is made");
  assert.equal(
    await messageOf(namespaces.update({ name: "ns", labels: {} }, ["labels"])),
    'cannot update "labels" field',
  );
});

test("delete() of what is not empty says what it still has", async () => {
  await using fixture = await openFixture();
  const { namespaces, images, containers, content, snapshotters } = fixture.metadata;
  const ns = { namespace: "ns" };
  await images.create(image("a"), ns);
  await containers.create(container("c"), ns);
  await using writer = await content.writer("r", ns);
  await writer.commit(ns);
  fixture.snapshotters.set("other", fixture.snapshotter);
  await snapshotters.get("memory")?.prepare("k", "", ns);
  assert.equal(
    await messageOf(namespaces.delete("ns")),
    'namespace "ns" must be empty, but it still has images, blobs, containers, snapshots on "memory" snapshotter: failed precondition',
  );
  assert.equal(await messageOf(namespaces.delete("none")), 'namespace "none": not found');
});

test("delete() takes leases, sandboxes and ingests along, and no other namespace's", async () => {
  await using fixture = await openFixture();
  for (const namespace of ["ns", "nsx"]) await fill(fixture, namespace);
  const { namespaces, leases, content } = fixture.metadata;
  await namespaces.delete("ns");
  assert.deepEqual(await namespaces.list(), ["nsx"]);
  assert.deepEqual(await leases.list({ namespace: "ns" }), []);
  await assert.rejects(content.status("r", { namespace: "ns" }));
  assert.equal((await content.status("r", { namespace: "nsx" })).ref, "r");
  assert.equal((await leases.listResources("l", { namespace: "nsx" })).length, 1);
  await leases.create({ id: "l" }, { namespace: "ns" });
  assert.deepEqual(await leases.listResources("l", { namespace: "ns" }), []);
});

async function fill({ metadata: { leases, content } }: Fixture, namespace: string): Promise<void> {
  await leases.create({ id: "l", labels: { "containerd.io/gc.flat": "1" } }, { namespace });
  await leases.addResource("l", { type: "images", id: "i" }, { namespace });
  await using _ = await content.writer("r", { namespace });
}

test("every store wants a valid namespace", async () => {
  await using fixture = await openFixture();
  const { images, containers, leases, sandboxes } = fixture.metadata;
  const calls = (namespace: string) => [
    images.get("a", { namespace }),
    images.create(image("a"), { namespace }),
    containers.get("a", { namespace }),
    leases.list({ namespace }),
    sandboxes.get("a", { namespace }),
  ];
  for (const call of await Promise.allSettled(calls("")))
    assert.equal(
      wireMessage((call as PromiseRejectedResult).reason),
      "namespace is required: failed precondition",
    );
  for (const call of await Promise.allSettled(calls("a b")))
    assert.match(wireMessage((call as PromiseRejectedResult).reason), /^namespace validation: identifier/);
});
