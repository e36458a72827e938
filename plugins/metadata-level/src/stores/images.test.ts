import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf, type Digest } from "@davit/digest";
import { isNotFound } from "@davit/errdefs";
import { gather, openFixture } from "../testing/fixture.ts";
import { image, messageOf } from "../testing/objects.ts";

const ns = { namespace: "ns" };

test("an image is what was created, and tells so by an event", async () => {
  await using fixture = await openFixture();
  const { images } = fixture.metadata;
  const created = await images.create(image("docker.io/library/a:1", { a: "1" }), ns);
  assert.equal(created.createdAt, created.updatedAt);
  assert.deepEqual(await images.get("docker.io/library/a:1", ns), created);
  assert.deepEqual(created.target, image("docker.io/library/a:1").target);
  assert.deepEqual(fixture.events.take(), [
    {
      namespace: "ns",
      topic: "/images/create",
      event: {
        type: "containerd.services.images.v1.ImageCreate",
        name: "docker.io/library/a:1",
        labels: { a: "1" },
      },
    },
  ]);
  await (await fixture.reopen()).images.get("docker.io/library/a:1", ns);
});

test("only digest, media type, size and annotations of a target are kept, and no empty values", async () => {
  await using fixture = await openFixture();
  const { images } = fixture.metadata;
  const { target } = image("a");
  await images.create(
    {
      name: "a",
      labels: { empty: "" },
      target: { ...target, annotations: { b: "", c: "2" }, urls: ["x"], artifactType: "y" },
    },
    ns,
  );
  const [{ event } = { event: {} }] = fixture.events.take();
  assert.deepEqual("labels" in event && event.labels, {}, "the event tells of what is kept");
  const { labels, target: kept } = await images.get("a", ns);
  assert.deepEqual(labels, {});
  assert.deepEqual(kept, { ...target, annotations: { c: "2" } });
});

test("a source date stands for the present", async () => {
  await using fixture = await openFixture();
  const { images } = fixture.metadata;
  const { createdAt, updatedAt } = await images.create(image("a"), { ...ns, sourceDateEpoch: 42n });
  assert.deepEqual([createdAt, updatedAt], [42n, 42n]);
  const updated = await images.update(image("a"), { ...ns, sourceDateEpoch: 43n });
  assert.deepEqual([updated.createdAt, updated.updatedAt], [42n, 43n]);
});

test("create() refuses what is there, and what is no image", async () => {
  await using fixture = await openFixture();
  const { images } = fixture.metadata;
  await images.create(image("a"), ns);
  const { target } = image("b");
  const rows: [Parameters<typeof images.create>[0], string | RegExp][] = [
    [image("a"), 'image "a": already exists'],
    [image(""), "image name must not be empty: invalid argument"],
    [
      { ...image("b"), target: { ...target, digest: "x" as Digest } },
      'target.Digest "x" invalid: invalid checksum digest format: invalid argument',
    ],
    [
      { ...image("b"), target: { ...target, size: 0 } },
      "target.Size must be greater than zero: invalid argument",
    ],
    [
      { ...image("b"), target: { ...target, mediaType: "" } },
      "target.MediaType must be set: invalid argument",
    ],
    [image("b", { k: "v".repeat(4096) }), /^image\.Labels: label key and value length/],
  ];
  for (const [bad, message] of rows) {
    const text = await messageOf(images.create(bad, ns));
    if (typeof message === "string") assert.equal(text, message);
    else assert.match(text, message);
  }
  assert.equal((await gather(images.list(ns))).length, 1);
  assert.equal(fixture.events.take().length, 1);
});

test("update() without field paths replaces all but the creation", async () => {
  await using fixture = await openFixture();
  const { images } = fixture.metadata;
  const created = await images.create(image("a", { a: "1" }), ns);
  const next = { ...image("a", { b: "2" }), target: image("other").target };
  const updated = await images.update(next, ns);
  assert.deepEqual(updated, { ...next, createdAt: created.createdAt, updatedAt: updated.updatedAt });
  assert.ok(updated.updatedAt > created.updatedAt);
  assert.deepEqual(await images.get("a", ns), updated);
  assert.equal(fixture.events.take().at(-1)?.topic, "/images/update");
});

test("update() with field paths changes those alone", async () => {
  await using fixture = await openFixture();
  const { images } = fixture.metadata;
  await images.create(image("a", { a: "1", "b.c/d": "2" }), ns);
  const update = (labels: Record<string, string>, ...fieldpaths: string[]) =>
    images.update(
      { name: "a", labels, target: { ...image("other").target, annotations: { x: "9" } } },
      { ...ns, fieldpaths },
    );
  assert.deepEqual((await update({ "b.c/d": "3", a: "x" }, "labels.b.c/d")).labels, { a: "1", "b.c/d": "3" });
  assert.deepEqual((await update({}, "labels.a")).labels, { "b.c/d": "3" });
  assert.deepEqual((await update({}, "annotations.x")).target.annotations, { note: "a", x: "9" });
  assert.deepEqual((await update({}, "annotations")).target.annotations, { x: "9" });
  assert.equal((await images.get("a", ns)).target.digest, digestOf("a"));
  assert.equal((await update({}, "target")).target.digest, digestOf("other"));
  assert.deepEqual((await update({ z: "1" }, "labels")).labels, { z: "1" });
  assert.equal(
    await messageOf(update({}, "labels.a", "name")),
    'cannot update "name" field on image "a": invalid argument',
  );
});

test("what is absent is NotFound", async () => {
  await using fixture = await openFixture();
  const { images } = fixture.metadata;
  await images.create(image("a"), { namespace: "other" });
  const calls = [
    () => images.get("a", ns),
    () => images.update(image("a"), ns),
    () => images.delete("a", ns),
  ];
  for (const call of calls) assert.equal(await messageOf(call()), 'image "a": not found');
});

test("delete() with a target removes only what points there", async () => {
  await using fixture = await openFixture();
  const { images } = fixture.metadata;
  await images.create(image("a"), ns);
  const other = digestOf("b");
  assert.equal(
    await messageOf(images.delete("a", { ...ns, target: other })),
    `image "a" has target ${digestOf("a")}, not ${other}: not found`,
  );
  await images.delete("a", { ...ns, target: digestOf("a") });
  await assert.rejects(images.get("a", ns), isNotFound);
  assert.equal(fixture.events.take().at(-1)?.topic, "/images/delete");
});

test("list() is in byte order and takes filters", async () => {
  await using fixture = await openFixture();
  const { images } = fixture.metadata;
  for (const name of ["b", "a:1", "Z", "é", "a/1", "😀", "\uffff"])
    await images.create(image(name, { name }), ns);
  const names = async (...filters: string[]) =>
    (await gather(images.list({ ...ns, filters }))).map(({ name }) => name);
  assert.deepEqual(await names(), ["Z", "a/1", "a:1", "b", "é", "\uffff", "😀"]);
  assert.deepEqual(await names("name~=^a"), ["a/1", "a:1"]);
  assert.deepEqual(await names(`target.digest==${digestOf("b")}`, "labels.name==Z"), ["Z", "b"]);
  assert.deepEqual(await names("target.mediatype~=index,annotations.note==b"), ["b"]);
  assert.deepEqual(await names("target.other"), []);
  assert.equal(
    await messageOf(gather(images.list({ ...ns, filters: ["name=="] }))),
    "filters: parse error: [name==]: expected value or quoted: invalid argument: invalid argument",
  );
});

test("an event that cannot be published fails the call, but the image stays", async () => {
  await using fixture = await openFixture();
  const { images } = fixture.metadata;
  fixture.events.failure = new Error("nobody listens");
  await assert.rejects(images.create(image("a"), ns), /nobody listens/);
  assert.equal((await images.get("a", ns)).name, "a");
});

test("listing 10000 images lets others have their turn", async () => {
  await using fixture = await openFixture({ noSync: true });
  const { images } = fixture.metadata;
  const names = Array.from({ length: 10_000 }, (_, index) => `registry.example/team/app-${index}:latest`);
  await Promise.all(names.map((name) => images.create(image(name, { number: name }), ns)));
  // Turns of the event loop, not time: how long each takes depends on what else the machine does.
  let turns = 0;
  let immediate = setImmediate(function turn() {
    turns++;
    immediate = setImmediate(turn);
  });
  const filters = ["labels.number~=9"];
  const found = await gather(images.list({ ...ns, filters }));
  clearImmediate(immediate);
  assert.equal(found.length, names.filter((name) => name.includes("9")).length);
  assert.ok(turns >= 10, `${turns} turns`);
});
