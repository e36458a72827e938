import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf } from "@davit/digest";
import type { CallOptions } from "@davit/namespaces";
import { openFixture, type Fixture } from "../testing/fixture.ts";
import { image, messageOf, putBlob } from "../testing/objects.ts";

const ns = { namespace: "ns" };
const leased: CallOptions = { namespace: "ns", lease: "l" };

/** What the lease `l` keeps, as `type id`. */
const held = async ({ metadata }: Fixture, id = "l"): Promise<string[]> =>
  (await metadata.leases.listResources(id, ns)).map((resource) => `${resource.type} ${resource.id}`);

test("a lease has the id and labels it was given, or an id of its own", async () => {
  await using fixture = await openFixture();
  const { leases } = fixture.metadata;
  const labels = { big: "x".repeat(5000), empty: "" };
  const given = await leases.create({ id: "any /text", labels }, ns);
  assert.deepEqual([given.id, Object.keys(given.labels)], ["any /text", ["big"]]);
  const made = await leases.create({}, ns);
  assert.match(made.id, /^\d{1,9}-[\w-]{4}$/);
  assert.equal((await leases.list(ns)).length, 2);
  assert.deepEqual(await leases.list({ ...ns, filters: ["labels.big"] }), [given]);
  assert.deepEqual(await leases.list({ namespace: "other" }), []);
  assert.equal(await messageOf(leases.create({ id: "any /text" }, ns)), 'lease "any /text": already exists');
});

test("delete() drops the lease with what it kept", async () => {
  await using fixture = await openFixture();
  const { leases } = fixture.metadata;
  await leases.create({ id: "l" }, ns);
  await leases.create({ id: "l2" }, ns);
  await leases.addResource("l", { type: "images", id: "a" }, ns);
  await leases.addResource("l2", { type: "images", id: "b" }, ns);
  await leases.delete("l", ns);
  assert.equal(await messageOf(leases.delete("l", ns)), 'lease "l": not found');
  assert.deepEqual(await held(fixture, "l2"), ["images b"]);
  await leases.create({ id: "l" }, ns);
  assert.deepEqual(await held(fixture), []);
});

test("resources are sorted by type and id, need not exist, and go without complaint", async () => {
  await using fixture = await openFixture();
  const { leases } = fixture.metadata;
  await leases.create({ id: "l" }, ns);
  const digest = digestOf("a");
  for (const [type, id] of [
    ["snapshots/overlayfs", "s"],
    ["ingests", "i"],
    ["images", "b/c:1"],
    ["images", "a"],
    ["content", digest],
    ["snapshots/native", "s"],
  ] as const)
    await leases.addResource("l", { type, id }, ns);
  assert.deepEqual(await held(fixture), [
    `content ${digest}`,
    "images a",
    "images b/c:1",
    "ingests i",
    "snapshots/native s",
    "snapshots/overlayfs s",
  ]);
  await leases.deleteResource("l", { type: "images", id: "a" }, ns);
  await leases.deleteResource("l", { type: "images", id: "never there" }, ns);
  assert.equal((await held(fixture)).length, 5);
});

test("resources that cannot be kept are refused in containerd's words", async () => {
  await using fixture = await openFixture();
  const { leases } = fixture.metadata;
  await leases.create({ id: "l" }, ns);
  const rows = [
    ["content", "x", "invalid content resource id x: invalid checksum digest format: invalid argument"],
    ["content/x", "y", "invalid resource type content/x: invalid argument"],
    ["snapshots", "x", "invalid snapshot resource type snapshots: invalid argument"],
    ["streams", "x", "resource type streams not supported yet: not implemented"],
    ["", "x", "resource type  not supported yet: not implemented"],
    ["ingests", "", "key required"],
    ["snapshots/", "x", "bucket name required"],
    ["snapshots/", "", "bucket name required"],
  ] as const;
  for (const [type, id, message] of rows)
    assert.equal(await messageOf(leases.addResource("l", { type, id }, ns)), message);
  const unknown = 'lease "x": not found';
  assert.equal(await messageOf(leases.addResource("x", { type: "?", id: "" }, ns)), unknown);
  assert.equal(await messageOf(leases.deleteResource("x", { type: "images", id: "a" }, ns)), unknown);
  assert.equal(await messageOf(leases.listResources("x", ns)), unknown);
});

test("what a call with a lease makes, the lease keeps; what it removes, it keeps no more", async () => {
  await using fixture = await openFixture();
  const { leases, content, images, snapshotters } = fixture.metadata;
  const snapshotter = snapshotters.get("memory");
  assert.ok(snapshotter);
  await leases.create({ id: "l" }, ns);
  await (await content.writer("r", leased))[Symbol.asyncDispose]();
  const digest = await putBlob(content, "a", leased);
  await images.create(image("root"), leased);
  await images.create(image("expiring", { "containerd.io/gc.expire": "2030-01-01T00:00:00Z" }), leased);
  await snapshotter.prepare("p", "", leased);
  await snapshotter.commit("c", "p", leased);
  await snapshotter.view("v", "c", leased);
  assert.deepEqual(await held(fixture), [
    `content ${digest}`,
    "images expiring",
    "ingests r",
    "snapshots/memory c",
    "snapshots/memory v",
  ]);
  await content.delete(digest, leased);
  await content.abort("r", leased);
  await images.delete("expiring", leased);
  await snapshotter.remove("v", leased);
  assert.deepEqual(await held(fixture), ["snapshots/memory c"]);
});

test("an image that becomes able to expire is leased then", async () => {
  await using fixture = await openFixture();
  const { leases, images } = fixture.metadata;
  await leases.create({ id: "l" }, ns);
  await images.create(image("a"), leased);
  assert.deepEqual(await held(fixture), []);
  await images.update(image("a", { "containerd.io/gc.expire": "2030-01-01T00:00:00Z" }), leased);
  assert.deepEqual(await held(fixture), ["images a"]);
});

test("what is there already is leased when it is asked for again", async () => {
  await using fixture = await openFixture();
  const { leases, content, snapshotters } = fixture.metadata;
  const snapshotter = snapshotters.get("memory");
  assert.ok(snapshotter);
  const digest = await putBlob(content, "a", ns);
  await snapshotter.prepare("p", "", ns);
  await snapshotter.prepare("q", "", ns);
  await snapshotter.commit("c", "p", ns);
  await leases.create({ id: "l" }, ns);
  const already = /already exists/;
  assert.match(await messageOf(content.writer("r", { ...leased, expected: digest })), already);
  assert.match(await messageOf(snapshotter.prepare("q", "", leased)), already);
  assert.match(await messageOf(snapshotter.commit("c", "q", leased)), already);
  assert.deepEqual(await held(fixture), [`content ${digest}`, "snapshots/memory c", "snapshots/memory q"]);
});

test("an unknown lease fails what would make something, and nothing is left of it", async () => {
  await using fixture = await openFixture();
  const { content, images, snapshotters } = fixture.metadata;
  const snapshotter = snapshotters.get("memory");
  assert.ok(snapshotter);
  const expiring = image("a", { "containerd.io/gc.expire": "2030-01-01T00:00:00Z" });
  const calls = [
    () => content.writer("r", leased),
    () => images.create(expiring, leased),
    () => snapshotter.prepare("p", "", leased),
    () => snapshotter.view("p", "", leased),
  ];
  for (const call of calls) assert.equal(await messageOf(call()), "lease does not exist: not found");
  assert.deepEqual(fixture.snapshotter.keys, []);
  assert.deepEqual(await content.listStatuses(ns), []);
  await images.create(image("a"), leased);
});

test("a lease that goes while a blob is written fails the commit", async () => {
  await using fixture = await openFixture();
  const { content, leases } = fixture.metadata;
  await leases.create({ id: "l" }, ns);
  await using writer = await content.writer("r", leased);
  await writer.write(Buffer.from("a"));
  await leases.delete("l", ns);
  assert.equal(await messageOf(writer.commit(leased)), "lease does not exist: not found");
  await assert.rejects(content.info(digestOf("a"), ns));
});
