import assert from "node:assert/strict";
import { test } from "node:test";
import { isNotFound } from "@davit/errdefs";
import type { Snapshotter } from "@davit/snapshots";
import { keyOf } from "../db/keys.ts";
import { gather, openFixture, type Fixture } from "../testing/fixture.ts";
import { MemorySnapshotter } from "../testing/memory-snapshotter.ts";
import { messageOf } from "../testing/objects.ts";
import { openRaw } from "../testing/raw.ts";

const ns = { namespace: "ns" };
const REF = "containerd.io/snapshot.ref";

function snapshotterOf({ metadata }: Fixture, id = "memory"): Snapshotter {
  const snapshotter = metadata.snapshotters.get(id);
  assert.ok(snapshotter);
  return snapshotter;
}

/** A committed snapshot. */
async function layer(snapshotter: Snapshotter, name: string, parent = ""): Promise<void> {
  await snapshotter.prepare(`extract ${name}`, parent, ns);
  await snapshotter.commit(name, `extract ${name}`, ns);
}

test("the backend knows snapshots by namespace, number and key", async () => {
  await using fixture = await openFixture();
  const snapshotter = snapshotterOf(fixture);
  await layer(snapshotter, "base");
  await snapshotter.view("view", "base", { namespace: "other" }).catch(() => {});
  await snapshotter.view("view", "base", ns);
  assert.deepEqual(fixture.snapshotter.keys, ["ns/2/base", "ns/3/view"]);
  assert.equal((await snapshotter.stat("view", ns)).parent, "base");
  assert.equal((await snapshotter.mounts("view", ns))[0]?.source, "/memory/ns/3/view");
});

test("numbers of backend keys are never given twice, also after a crash", async () => {
  await using fixture = await openFixture();
  await snapshotterOf(fixture).prepare("a", "", ns);
  await fixture.reopen();
  await snapshotterOf(fixture).prepare("b", "", ns);
  assert.deepEqual(fixture.snapshotter.keys, ["ns/1/a", "ns/257/b"]);
  await Promise.all(
    Array.from({ length: 600 }, (_, index) => snapshotterOf(fixture).prepare(`k${index}`, "", ns)),
  );
  const numbers = fixture.snapshotter.keys.map((key) => key.split("/")[1]);
  assert.equal(new Set(numbers).size, 602);
});

test("all labels are kept, the backend sees its own, and what it says of itself shows through", async () => {
  await using fixture = await openFixture();
  const snapshotter = snapshotterOf(fixture);
  const labels = { mine: "1", "containerd.io/snapshot/x": "2", "containerd.io/gc.root": "3", empty: "" };
  await snapshotter.prepare("k", "", { ...ns, labels });
  const [backendKey = ""] = fixture.snapshotter.keys;
  assert.deepEqual((await fixture.snapshotter.stat(backendKey)).labels, { "containerd.io/snapshot/x": "2" });
  await fixture.snapshotter.update(
    { name: backendKey, labels: { "containerd.io/snapshot/own": "4" } },
    { ...ns, fieldpaths: ["labels.containerd.io/snapshot/own"] },
  );
  assert.deepEqual((await snapshotter.stat("k", ns)).labels, {
    mine: "1",
    "containerd.io/snapshot/x": "2",
    "containerd.io/gc.root": "3",
    "containerd.io/snapshot/own": "4",
  });
  const update = { name: "k", labels: { "containerd.io/snapshot/x": "5", mine: "6" } };
  const fieldpaths = ["labels.containerd.io/snapshot/x", "labels.mine"];
  const updated = await snapshotter.update(update, { ...ns, fieldpaths });
  assert.equal(updated.name, "k");
  assert.deepEqual((await snapshotter.stat("k", ns)).labels, updated.labels);
  assert.equal((await fixture.snapshotter.stat(backendKey)).labels["containerd.io/snapshot/x"], "5");
});

test("errors are containerd's", async () => {
  await using fixture = await openFixture();
  const snapshotter = snapshotterOf(fixture);
  await layer(snapshotter, "base");
  await snapshotter.prepare("active", "base", ns);
  await snapshotter.prepare("free", "", ns);
  const update = { name: "base", labels: {} };
  const rows: [() => Promise<unknown>, string][] = [
    [() => snapshotter.prepare("active", "", ns), 'snapshot "active": already exists'],
    [() => snapshotter.view("base", "", ns), 'snapshot "base": already exists'],
    [() => snapshotter.prepare("new", "none", ns), "parent snapshot none does not exist: not found"],
    [
      () => snapshotter.prepare("new", "active", ns),
      'parent "ns/3/active" is not committed snapshot: invalid argument',
    ],
    [() => snapshotter.prepare("", "", ns), "bucket name required"],
    [() => snapshotter.commit("", "active", ns), "bucket name required"],
    [() => snapshotter.commit("base", "none", ns), 'snapshot "base": already exists'],
    [() => snapshotter.commit("new", "none", ns), "snapshot none does not exist: not found"],
    [() => snapshotter.commit("new", "base", ns), 'snapshot "ns/2/base" is not active: failed precondition'],
    [
      () => snapshotter.commit("new", "free", { ...ns, parent: "none" }),
      "parent snapshot none does not exist: not found",
    ],
    [() => snapshotter.remove("base", ns), "cannot remove snapshot with child: failed precondition"],
    [
      () => snapshotter.update(update, { ...ns, fieldpaths: ["parent"] }),
      'cannot update "parent" field on snapshot "base": invalid argument',
    ],
    [
      () => snapshotter.cleanup?.(ns) ?? Promise.resolve(),
      "snapshotter does not implement Cleanup method: not implemented",
    ],
    ...["stat", "mounts", "usage", "remove"].map((method): [() => Promise<unknown>, string] => [
      () => snapshotter[method as "stat"]("none", ns),
      "snapshot none does not exist: not found",
    ]),
  ];
  for (const [call, message] of rows) assert.equal(await messageOf(call()), message);
  assert.match(
    await messageOf(snapshotter.prepare("new", "", { ...ns, labels: { k: "v".repeat(4096) } })),
    /^info\.Labels: label key and value length/,
  );
});

test("prepare, commit and remove are told of; a view is not", async () => {
  await using fixture = await openFixture();
  const snapshotter = snapshotterOf(fixture);
  await snapshotter.prepare("k", "", ns);
  await snapshotter.commit("c", "k", ns);
  await snapshotter.view("v", "c", ns);
  await snapshotter.remove("v", ns);
  assert.deepEqual(
    fixture.events.take().map(({ topic, event }) => ({ topic, ...event })),
    [
      {
        topic: "/snapshot/prepare",
        type: "containerd.events.SnapshotPrepare",
        key: "k",
        parent: "",
        snapshotter: "memory",
      },
      {
        topic: "/snapshot/commit",
        type: "containerd.events.SnapshotCommit",
        key: "k",
        name: "c",
        snapshotter: "memory",
      },
      {
        topic: "/snapshot/remove",
        type: "containerd.events.SnapshotRemove",
        key: "v",
        snapshotter: "memory",
      },
    ],
  );
});

test("a parent that is being re-based onto is not removed meanwhile", async () => {
  await using fixture = await openFixture();
  const snapshotter = snapshotterOf(fixture);
  await layer(snapshotter, "base");
  await snapshotter.prepare("free", "", ns);
  const removing = Promise.withResolvers<string>();
  fixture.snapshotter.before = async () => {
    fixture.snapshotter.before = undefined;
    removing.resolve(messageOf(snapshotter.remove("base", ns)));
    await new Promise((resolve) => setTimeout(resolve, 50));
  };
  await snapshotter.commit("rebased", "free", { ...ns, parent: "base" });
  assert.match(await removing.promise, /cannot remove snapshot with child/);
  assert.equal((await snapshotter.stat("rebased", ns)).parent, "base");
  assert.equal((await snapshotter.stat("base", ns)).kind, "committed");
});

test("commit() re-bases a snapshot that has no parent, and ignores the option where it has one", async () => {
  await using fixture = await openFixture();
  const snapshotter = snapshotterOf(fixture);
  await layer(snapshotter, "a");
  await layer(snapshotter, "b");
  await snapshotter.prepare("free", "", ns);
  await snapshotter.commit("on a", "free", { ...ns, parent: "a" });
  await snapshotter.prepare("bound", "b", ns);
  await snapshotter.commit("on b", "bound", { ...ns, parent: "a" });
  assert.equal((await snapshotter.stat("on a", ns)).parent, "a");
  assert.equal((await snapshotter.stat("on b", ns)).parent, "b");
  assert.match(await messageOf(snapshotter.remove("a", ns)), /with child/);
  await snapshotter.remove("on a", ns);
  await snapshotter.remove("a", ns);
});

test("remove() drops the record; the backend's snapshot stays, marked for the collector", async () => {
  await using fixture = await openFixture();
  const snapshotter = snapshotterOf(fixture);
  await snapshotter.prepare("k", "", ns);
  await snapshotter.remove("k", ns);
  await assert.rejects(snapshotter.stat("k", ns), isNotFound);
  assert.deepEqual(fixture.snapshotter.keys, ["ns/1/k"]);
  await snapshotter.prepare("k", "", ns);
  await using raw = await openRaw(fixture);
  assert.equal(await raw.get(keyOf("dirty", "snapshots", "memory")), "");
});

test("without a record the backend's snapshot is undone", async () => {
  await using fixture = await openFixture();
  const snapshotter = snapshotterOf(fixture);
  await layer(snapshotter, "base");
  // The parent goes while the backend works.
  fixture.snapshotter.before = async () => {
    fixture.snapshotter.before = undefined;
    await snapshotter.remove("base", ns);
  };
  const message = "parent snapshot base does not exist: not found";
  assert.equal(await messageOf(snapshotter.prepare("k", "base", ns)), message);
  assert.deepEqual(fixture.snapshotter.keys, ["ns/2/base"]);
});

test("a backend that fails leaves no record", async () => {
  await using fixture = await openFixture();
  const snapshotter = snapshotterOf(fixture);
  fixture.snapshotter.failure = new Error("no space left on device");
  assert.equal(await messageOf(snapshotter.prepare("k", "", ns)), "no space left on device");
  await snapshotter.prepare("k", "", ns);
  fixture.snapshotter.failure = new Error("cannot");
  await assert.rejects(snapshotter.commit("c", "k", ns), /cannot/);
  assert.equal((await snapshotter.stat("k", ns)).kind, "active");
  assert.deepEqual((await gather(snapshotter.list(ns))).length, 1);
});

test("two calls for one key at once: one makes it, the other finds it", async () => {
  await using fixture = await openFixture();
  const snapshotter = snapshotterOf(fixture);
  const outcomes = await Promise.allSettled([
    snapshotter.prepare("k", "", ns),
    snapshotter.prepare("k", "", ns),
  ]);
  assert.deepEqual(outcomes.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
  assert.deepEqual(fixture.snapshotter.keys.length, 1);
});

test("a target that the namespace has is AlreadyExists, whatever the key", async () => {
  await using fixture = await openFixture();
  const snapshotter = snapshotterOf(fixture);
  await layer(snapshotter, "target");
  assert.equal(
    await messageOf(snapshotter.prepare("k", "", { ...ns, labels: { [REF]: "target" } })),
    'target snapshot "target": already exists',
  );
});

test("a remote snapshot that the backend offers is adopted under the name of the target", async () => {
  await using fixture = await openFixture();
  const snapshotter = snapshotterOf(fixture);
  await layer(snapshotter, "base");
  const labels = { [REF]: "sha256:top", "containerd.io/snapshot/remote": "1" };
  const remote = { name: "remote", parent: "ns/2/base", kind: "committed", labels } as const;
  // One on another parent, and one that is not committed, are not meant.
  fixture.snapshotter.add({ ...remote, name: "a", parent: "" });
  fixture.snapshotter.add({ ...remote, name: "b", kind: "active" });
  fixture.snapshotter.add(remote);
  fixture.snapshotter.before = async () =>
    fixture.snapshotter.add({ ...remote, name: "ns/3/k", kind: "active" });
  const asked = { ...ns, labels: { [REF]: "sha256:top", mine: "2" } };
  assert.equal(
    await messageOf(snapshotter.prepare("k", "base", asked)),
    'target snapshot "sha256:top" from snapshotter: already exists',
  );
  const { kind, parent, labels: kept } = await snapshotter.stat("sha256:top", ns);
  assert.deepEqual([kind, parent, kept], ["committed", "base", { ...labels, mine: "2" }]);
  await assert.rejects(snapshotter.stat("k", ns), isNotFound);
  assert.match(await messageOf(snapshotter.remove("base", ns)), /with child/);
});

test("a backend that says AlreadyExists has to have the target, and without one is not to say it", async () => {
  await using fixture = await openFixture();
  const snapshotter = snapshotterOf(fixture);
  fixture.snapshotter.before = async () =>
    ["ns/1/k", "ns/2/k"].forEach((name) =>
      fixture.snapshotter.add({ name, parent: "", kind: "active", labels: {} }),
    );
  assert.equal(
    await messageOf(snapshotter.prepare("k", "", { ...ns, labels: { [REF]: "t" } })),
    'target snapshot "t" in backend: not found',
  );
  assert.equal(
    await messageOf(snapshotter.prepare("k", "", ns)),
    "unexpected error from snapshotter: snapshot ns/2/k: already exists",
  );
});

test("lists leave out what the backend has lost", async () => {
  await using fixture = await openFixture();
  const snapshotter = snapshotterOf(fixture);
  for (let index = 0; index < 150; index++) await snapshotter.prepare(`k${index}`, "", ns);
  await fixture.snapshotter.remove("ns/1/k0");
  assert.equal((await gather(snapshotter.list(ns))).length, 149);
  assert.equal((await gather(snapshotter.list({ ...ns, filters: ["name==k0", "name==k1"] }))).length, 1);
});

test("snapshotters come and go with their plugins, and number on", async () => {
  await using fixture = await openFixture();
  const { snapshotters } = fixture.metadata;
  const first = snapshotterOf(fixture);
  assert.equal(snapshotters.get("memory"), first);
  await first.prepare("a", "", ns);
  const reloaded = new MemorySnapshotter();
  fixture.snapshotters.set("memory", reloaded);
  fixture.snapshotters.set("late", new MemorySnapshotter());
  assert.deepEqual([...snapshotters.keys()], ["memory", "late"]);
  assert.deepEqual([...snapshotters].length, snapshotters.size);
  assert.notEqual(snapshotters.get("memory"), first);
  await snapshotterOf(fixture).prepare("b", "", ns);
  assert.deepEqual(reloaded.keys, ["ns/2/b"]);
  fixture.snapshotters.delete("late");
  assert.equal(snapshotters.get("late"), undefined);
  assert.equal(snapshotters.has("late"), false);
});
