import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf } from "@davit/digest";
import { kindOf } from "@davit/errdefs";
import { openFixture, type Fixture } from "../testing/fixture.ts";
import { container, image, messageOf } from "../testing/objects.ts";

const ns = { namespace: "ns" };
const { target } = image("i");
const digest = digestOf("blob");
const keyless = { "": "empty key" };
const long = { ["k".repeat(4097)]: "" };
const withSpec = container("c", { spec: { typeUrl: "spec", value: new Uint8Array() } });

/** A store with one of each. */
async function filled(): Promise<Fixture> {
  const fixture = await openFixture();
  const { namespaces, containers, images, content, snapshotters } = fixture.metadata;
  await namespaces.create({ name: "ns", labels: {} });
  await containers.create(withSpec, ns);
  await images.create(image("i"), ns);
  await using writer = await content.writer("r", ns);
  await writer.write(Buffer.from("blob"));
  await writer.commit(ns);
  await snapshotters.get("memory")?.prepare("k", "", ns);
  return fixture;
}

test("a label without a key is refused in containerd's words, one without a value too is not", async () => {
  await using fixture = await filled();
  const { namespaces, containers, images, content, leases, snapshotters } = fixture.metadata;
  const memory = snapshotters.get("memory");
  assert.ok(memory);
  const required = 'failed to set label ""="empty key": key required';
  type Labels = Readonly<Record<string, string>>;
  const rows: [(labels: Labels) => Promise<unknown>, string][] = [
    [(labels) => namespaces.update({ name: "ns", labels }), "key required"],
    [(labels) => leases.create({ labels }, ns), required],
    [
      (labels) => containers.update({ ...withSpec, labels }, ns),
      `failed to write container "c": ${required}`,
    ],
    [(labels) => images.update({ name: "i", labels, target }, ns), `writing labels for image i: ${required}`],
    [
      (annotations) => images.update({ name: "i", labels: {}, target: { ...target, annotations } }, ns),
      `writing Annotations for image i: ${required}`,
    ],
    [(labels) => content.update({ digest, labels }, ns), `writing labels for info ${digest}: ${required}`],
    [(labels) => memory.update({ name: "k", labels }, ns), `failed to read labels: ${required}`],
    [async (labels) => memory.prepare(JSON.stringify(labels), "", { ...ns, labels }), required],
  ];
  for (const [update, expected] of rows) {
    const err: unknown = await update(keyless).catch((reason: unknown) => reason);
    assert.equal(kindOf(err), "Unknown");
    assert.equal(await messageOf(update(keyless)), expected);
    await update({ "": "" });
  }
  assert.equal(await messageOf(namespaces.create({ name: "other", labels: { "": "" } })), "key required");
});

test("a label that is too long is refused even where it is to be deleted", async () => {
  await using fixture = await filled();
  const { namespaces, containers, images, content, snapshotters } = fixture.metadata;
  const memory = snapshotters.get("memory");
  const [key = ""] = Object.keys(long);
  const masked = { ...ns, fieldpaths: [`labels.${key}`] };
  const updates: (() => Promise<unknown> | undefined)[] = [
    () => namespaces.update({ name: "ns", labels: long }, masked.fieldpaths),
    () => containers.update({ ...withSpec, labels: long }, masked),
    () => images.update({ name: "i", labels: long, target }, masked),
    () => content.update({ digest, labels: long }, masked),
    () => memory?.update({ name: "k", labels: long }, masked),
    () => memory?.prepare("new", "", { ...ns, labels: long }),
  ];
  for (const update of updates)
    assert.match(
      await messageOf(update() ?? Promise.resolve()),
      /label key and value length \(4097 bytes\) greater/,
    );
});

test("what a mask leaves out is not checked", async () => {
  await using fixture = await filled();
  const { images } = fixture.metadata;
  const labels = { ...keyless, ...long, a: "1" };
  const updated = await images.update({ name: "i", labels, target }, { ...ns, fieldpaths: ["labels.a"] });
  assert.deepEqual(updated.labels, { a: "1" });
});
