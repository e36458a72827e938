import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf } from "@davit/digest";
import { keyOf, partsOf, prefixOf } from "../db/keys.ts";
import { gather, openFixture, type Fixture } from "../testing/fixture.ts";
import { container, image, putBlob, sandbox } from "../testing/objects.ts";
import { checkDerived, derived, tables } from "../testing/gc-records.ts";
import { openRaw } from "../testing/raw.ts";
import { random, type Random } from "../testing/random.ts";
import { gcRecordsOfLabels, type NodeKind } from "./gc.ts";

const A = digestOf("a");
const gc = (name: string): string => `containerd.io/gc.${name}`;

/** The records of an object `o` with one label, without what all have in common. */
function recordsOf(kind: NodeKind, label: string, value: string): string[] {
  const node = { namespace: "ns", kind, key: "o" };
  return [...gcRecordsOfLabels(node, { [gc(label)]: value })].map(([key, text]) =>
    [...partsOf(key), ...(text === "" ? [] : [text])].join(" "),
  );
}

test("reference labels point forward, whatever name follows them", () => {
  for (const label of ["ref.content", "ref.content.l.0", "ref.content/config"])
    assert.deepEqual(recordsOf("content", label, A), [`ref ns content o content ${A}`]);
  assert.deepEqual(recordsOf("content", "ref.contents", A), []);
  assert.deepEqual(recordsOf("image", "ref.image", "b"), ["ref ns image o image b"]);
  assert.deepEqual(recordsOf("sandbox", "ref.mount/x", "m"), ["ref ns sandbox o mount m"]);
  assert.deepEqual(recordsOf("container", "ref.stream", "s"), ["ref ns container o stream s"]);
  for (const label of ["ref.snapshot.overlayfs", "ref.snapshot.overlayfs/name"])
    assert.deepEqual(recordsOf("content", label, "k"), ["ref ns content o snapshot overlayfs/k"]);
  assert.deepEqual(recordsOf("content", "ref.snapshot", "k"), []);
  assert.deepEqual(recordsOf("lease", "ref.content", A), [], "leases refer through their resources");
});

test("back references are filed under what they point at", () => {
  assert.deepEqual(recordsOf("content", "bref.container.x", "c"), ["bref ns container c content o"]);
  assert.deepEqual(recordsOf("image", "bref.content", A), [`bref ns content ${A} image o`]);
  assert.deepEqual(recordsOf("snapshot", "bref.image/x", "i"), ["bref ns image i snapshot o"]);
  assert.deepEqual(recordsOf("container", "bref.snapshot.native/x", "k"), [
    "bref ns snapshot native/k container o",
  ]);
  assert.deepEqual(recordsOf("sandbox", "bref.container", "c"), []);
});

test("roots, times and flat leases are known by key", () => {
  for (const label of ["root", "root.x", "rootX"])
    assert.deepEqual(recordsOf("snapshot", label, "any"), ["root ns snapshot o"]);
  assert.deepEqual(recordsOf("image", "root", "any"), []);
  assert.deepEqual(recordsOf("lease", "expire", "1970-01-01T00:00:01Z"), ["expire ns lease o 1000000000"]);
  assert.deepEqual(recordsOf("image", "expire", "1970-01-01T01:00:01+01:00"), [
    "expire ns image o 1000000000",
  ]);
  assert.deepEqual(recordsOf("lease", "expire", "tomorrow"), []);
  assert.deepEqual(recordsOf("content", "expire", "1970-01-01T00:00:01Z"), []);
  assert.deepEqual(recordsOf("lease", "flat", "x"), ["flat ns o"]);
  assert.deepEqual(recordsOf("snapshot", "cond.value-usedat", "1970-01-01T00:00:01Z"), [
    "used ns snapshot o 1000000000",
  ]);
  assert.deepEqual(recordsOf("image", "cond.snapshot.overlayfs/x", "usedat<1h,usedat>2h|k|l"), [
    "cond ns image o overlayfs/k|l usedat<1h,usedat>2h",
  ]);
  assert.deepEqual(recordsOf("image", "cond.snapshot.overlayfs", "no bar"), []);
});

async function check(fixture: Fixture): Promise<void> {
  await using raw = await openRaw(fixture);
  assert.ok((await checkDerived(raw)) > 0);
}

const labelsFrom = (next: Random): Record<string, string> =>
  Object.fromEntries(
    ["ref.content", "ref.snapshot.memory", "bref.container", "root", "expire", "flat", "cond.value-usedat"]
      .filter(() => next.below(3) === 0)
      .map((label) => [gc(label), next.pick(["a", "b", "2030-01-01T00:00:00Z", ""])]),
  );

/** One random call on one random object; that it may fail is part of it. */
async function change({ metadata }: Fixture, next: Random): Promise<unknown> {
  const { images, containers, content, leases, sandboxes, snapshotters } = metadata;
  const snapshotter = snapshotters.get("memory");
  assert.ok(snapshotter);
  const name = next.pick(["a", "b", "c"]);
  const parent = next.pick(["", "a", "b"]);
  const labels = labelsFrom(next);
  const call = { namespace: next.pick(["n1", "n2"]), lease: next.pick([undefined, "a"]) };
  const ref = { snapshotter: "memory", snapshotKey: parent };
  const digest = digestOf(name);
  const calls = [
    () => images.create(image(name, labels), call),
    () => images.update({ ...image(name, labels), target: image(parent).target }, call),
    () => images.delete(name, call),
    () => containers.create(container(name, { labels, ...ref }), call),
    () => containers.update(container(name, { labels, ...ref }), call),
    () => containers.delete(name, call),
    () => leases.create({ id: name, labels }, call),
    () => leases.delete(name, call),
    () => sandboxes.create(sandbox(name, { labels }), call),
    () => sandboxes.update(sandbox(name, { labels }), call),
    () => sandboxes.delete(name, call),
    () => putBlob(content, name, { ...call, labels }),
    () => content.update({ digest, labels }, call),
    () => content.delete(digest, call),
    async () => (await content.writer(name, { ...call, expected: digest }))[Symbol.asyncDispose](),
    () => content.abort(name, call),
    () => snapshotter.prepare(`${name} active`, parent, { ...call, labels }),
    () => snapshotter.commit(name, `${next.pick(["a", "b", "c"])} active`, { ...call, labels, parent }),
    () => snapshotter.update({ name, labels }, call),
    () => snapshotter.remove(name, call),
  ];
  return await next.pick(calls)();
}

test("whatever happens, the collector's records are those of the objects there are", async () => {
  await using fixture = await openFixture({ noSync: true });
  const next = random();
  let done = 0;
  for (let step = 0; step < 60; step++) {
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => change(fixture, next)));
    done += outcomes.filter(({ status }) => status === "fulfilled").length;
    for (const outcome of outcomes)
      if (outcome.status === "rejected") assert.match(String(outcome.reason), /Error: /, `seed ${next.seed}`);
    if (step % 20 === 19) {
      await check(fixture).catch((cause: unknown) => {
        throw new Error(`seed ${next.seed}`, { cause });
      });
      await fixture.reopen();
    }
  }
  assert.ok(done > 150, `only ${done} calls did something`);
});

test("deleting a namespace leaves nothing of it to the collector", async () => {
  await using fixture = await openFixture();
  const { leases, sandboxes, content, namespaces } = fixture.metadata;
  await leases.create({ id: "l", labels: { [gc("flat")]: "1" } }, { namespace: "ns" });
  await sandboxes.create(sandbox("s", { labels: { [gc("ref.content")]: A } }), { namespace: "ns" });
  await (await content.writer("r", { namespace: "ns" }))[Symbol.asyncDispose]();
  await leases.create({ id: "l", labels: { [gc("flat")]: "1" } }, { namespace: "ns2" });
  await namespaces.delete("ns");
  await using raw = await openRaw(fixture);
  const left: string[] = [];
  for (const name of [...derived, ...tables.map((table) => table.name), "held"])
    for (const [key] of await gather(raw.range(prefixOf(name)))) left.push(key);
  assert.deepEqual(left, [keyOf("flat", "ns2", "l"), keyOf("lease", "ns2", "l")]);
});
