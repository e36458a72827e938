import assert from "node:assert/strict";
import { test } from "node:test";
import { gather, openFixture } from "../testing/fixture.ts";
import { any, container, messageOf } from "../testing/objects.ts";

const ns = { namespace: "ns" };
const full = container("c", {
  labels: { a: "1" },
  runtime: { name: "io.containerd.runc.v2", options: any("options") },
  spec: any("spec"),
  snapshotter: "overlayfs",
  snapshotKey: "c",
  sandboxId: "pod",
  extensions: { x: any("x"), y: any("y") },
});

test("a container is what was created", async () => {
  await using fixture = await openFixture();
  const created = await fixture.metadata.containers.create(full, ns);
  assert.deepEqual(created, { ...full, createdAt: created.createdAt, updatedAt: created.createdAt });
  const { containers } = await fixture.reopen();
  assert.deepEqual(await containers.get("c", ns), created);
  assert.deepEqual(fixture.events.take(), [], "its events are the service's");
});

test("a container needs no spec", async () => {
  await using fixture = await openFixture();
  const { containers } = fixture.metadata;
  await containers.create(container("c"), ns);
  assert.equal((await containers.get("c", ns)).spec, undefined);
});

test("create() says what is wrong", async () => {
  await using fixture = await openFixture();
  const { containers } = fixture.metadata;
  await containers.create(container("there"), ns);
  const prefix = "create container failed validation: ";
  const rows: [ReturnType<typeof container>, string | RegExp][] = [
    [container("there"), 'container "there": already exists'],
    [container(""), `${prefix}container.ID: identifier must not be empty: invalid argument`],
    [
      container("c", { runtime: { name: "" } }),
      `${prefix}container.Runtime.Name must be set: invalid argument`,
    ],
    [
      container("c", { extensions: { "": any("x") } }),
      `${prefix}container.Extension keys must not be zero-length: invalid argument`,
    ],
    [
      container("c", { snapshotKey: "k" }),
      `${prefix}container.Snapshotter must be set if container.SnapshotKey is set: invalid argument`,
    ],
    [
      container("c", { labels: { k: "v".repeat(4096) } }),
      new RegExp(`^${prefix}containers\\.Labels: label key and value length`),
    ],
  ];
  for (const [bad, message] of rows) {
    const text = await messageOf(containers.create(bad, ns));
    if (typeof message === "string") assert.equal(text, message);
    else assert.match(text, message);
  }
});

test("update() without field paths replaces what is mutable, and refuses to change the rest", async () => {
  await using fixture = await openFixture();
  const { containers } = fixture.metadata;
  const created = await containers.create(full, ns);
  const next = {
    ...full,
    labels: { b: "2" },
    image: "other",
    snapshotKey: "c2",
    spec: any("new"),
    sandboxId: "x",
  };
  const updated = await containers.update(next, ns);
  assert.deepEqual(updated, {
    ...next,
    sandboxId: "pod",
    createdAt: created.createdAt,
    updatedAt: updated.updatedAt,
  });
  assert.ok(updated.updatedAt > created.updatedAt);
  assert.equal(
    await messageOf(containers.update({ ...full, snapshotter: "native" }, ns)),
    "container.Snapshotter field is immutable: invalid argument",
  );
  assert.equal(
    await messageOf(containers.update({ ...full, runtime: { name: "other" } }, ns)),
    "container.Runtime.Name field is immutable: invalid argument",
  );
});

test("update() with field paths changes those alone", async () => {
  await using fixture = await openFixture();
  const { containers } = fixture.metadata;
  await containers.create(full, ns);
  const next = container("c", { labels: { a: "9", b: "2" }, image: "other", snapshotter: "ignored" });
  const update = (...fieldpaths: string[]) => containers.update(next, { ...ns, fieldpaths });
  assert.deepEqual((await update("labels.b")).labels, { a: "1", b: "2" });
  assert.equal((await update("image")).image, "other");
  assert.equal((await update("snapshotkey")).snapshotKey, "");
  const { snapshotter, runtime } = await containers.get("c", ns);
  assert.deepEqual([snapshotter, runtime.name], ["overlayfs", "io.containerd.runc.v2"]);
  assert.equal(
    await messageOf(update("labels.a", "sandbox")),
    'cannot update "sandbox" field on "c": invalid argument',
  );
  assert.deepEqual((await containers.get("c", ns)).labels, { a: "1", b: "2" });
});

test("as in containerd, extensions and a spec that an update lacks are answered as gone, but stay", async () => {
  await using fixture = await openFixture();
  const { containers } = fixture.metadata;
  await containers.create(full, ns);
  const next = container("c", { extensions: { z: any("z") } });
  const answered = await containers.update(next, { ...ns, fieldpaths: ["extensions", "spec"] });
  assert.deepEqual(answered.extensions, { z: any("z") });
  assert.equal(answered.spec, undefined);
  const kept = await containers.get("c", ns);
  assert.deepEqual(kept.extensions, { x: any("x"), y: any("y"), z: any("z") });
  assert.deepEqual(kept.spec, any("spec"));
  await containers.update(container("c"), { ...ns, fieldpaths: ["extensions.x"] });
  const { x } = (await containers.get("c", ns)).extensions;
  assert.deepEqual(x, { typeUrl: "", value: new Uint8Array() });
});

test("an update of a container without a spec has to bring one, or replace all", async () => {
  await using fixture = await openFixture();
  const { containers } = fixture.metadata;
  const bare = container("c");
  await containers.create(bare, ns);
  const labelled = { ...bare, labels: { a: "1" } };
  assert.equal(
    await messageOf(containers.update(labelled, { ...ns, fieldpaths: ["labels"] })),
    "update failed validation: container.Spec must be set: invalid argument",
  );
  await containers.update(labelled, ns);
  await containers.update(bare, { ...ns, fieldpaths: ["labels", "spec"] });
  assert.deepEqual((await containers.get("c", ns)).labels, {});
});

test("what is absent is NotFound, in the words of each call", async () => {
  await using fixture = await openFixture();
  const { containers } = fixture.metadata;
  assert.equal(await messageOf(containers.get("c", ns)), 'container "c" in namespace "ns": not found');
  assert.equal(await messageOf(containers.get("", ns)), 'container "" in namespace "ns": not found');
  assert.equal(await messageOf(containers.update(container("c"), ns)), 'container "c": not found');
  assert.equal(await messageOf(containers.delete("c", ns)), "container c: not found");
});

test("delete() removes the record", async () => {
  await using fixture = await openFixture();
  const { containers } = fixture.metadata;
  await containers.create(full, ns);
  await containers.delete("c", ns);
  assert.deepEqual(await gather(containers.list(ns)), []);
});

test("list() is in byte order and takes filters", async () => {
  await using fixture = await openFixture();
  const { containers } = fixture.metadata;
  await containers.create(container("b", { labels: { a: "1" } }), ns);
  await containers.create(container("a", { image: "x", runtime: { name: "r" } }), ns);
  await containers.create(container("c"), { namespace: "other" });
  const ids = async (...filters: string[]) =>
    (await gather(containers.list({ ...ns, filters }))).map(({ id }) => id);
  assert.deepEqual(await ids(), ["a", "b"]);
  assert.deepEqual(await ids("labels.a==1"), ["b"]);
  assert.deepEqual(await ids("image==x,runtime.name==r"), ["a"]);
  assert.deepEqual(await ids("snapshotter"), []);
  assert.match(
    await messageOf(gather(containers.list({ ...ns, filters: ["id=="] }))),
    /: invalid argument: invalid argument$/,
  );
});
