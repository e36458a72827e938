import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { test } from "node:test";
import { chainIds } from "@davit/digest";
import { AlreadyExistsError } from "@davit/errdefs";
import { Fixture, NAMESPACE } from "../testing/fixture.ts";
import { imageOf, layerOf } from "../testing/image.ts";

const layers = ["a", "b", "c"].map((name) => layerOf({ [name]: name }));
const image = imageOf(layers);
const chain = chainIds(layers.map(({ diffId }) => diffId));
const inParallel = { capabilities: ["rebase"], config: { max_concurrent_unpacks: 4 } } as const;

test("layers are fetched side by side while the ones below are unpacked", async () => {
  await using fixture = await Fixture.start();
  const fetched = new Set<string>();
  const all = Promise.withResolvers<void>();
  fixture.registry.behaviour = ({ method, path }) => {
    const found = layers.find(({ descriptor: { digest } }) => path.endsWith(digest));
    if (method === "GET" && found !== undefined) fetched.add(found.descriptor.digest);
    if (fetched.size === layers.length) all.resolve();
    return false;
  };
  fixture.differ.before = () => all.promise;
  await fixture.pull(fixture.registry.put(image));
  assert.deepEqual(
    fixture.snapshotter.calls,
    chain.flatMap((id) => [`prepare ${id}`, `commit ${id}`]),
  );
});

test("two images with a common base unpack it once", async () => {
  await using fixture = await Fixture.start();
  const other = imageOf([...layers.slice(0, 2), layerOf({ d: "" })]);
  await Promise.all([
    fixture.pull(fixture.registry.put(image)),
    fixture.pull(fixture.registry.put(other, "other")),
  ]);
  const commits = fixture.snapshotter.calls.filter((each) => each.startsWith("commit"));
  assert.equal(commits.length, 4);
  assert.equal(new Set(commits).size, 4);
});

test("a key that is taken is made up anew, three times at most", async () => {
  await using fixture = await Fixture.start();
  const taken = new AlreadyExistsError("snapshot");
  fixture.snapshotter.failures.push(taken, taken);
  await fixture.pull(fixture.registry.put(image));
  fixture.snapshotter.failures.push(taken, taken, taken);
  const other = fixture.registry.put(imageOf([layerOf({ x: "" })]), "other");
  await assert.rejects(fixture.pull(other), { message: "unable to prepare extraction snapshot" });
});

test("a snapshot that cannot be prepared names its key", async () => {
  await using fixture = await Fixture.start();
  fixture.snapshotter.failures.push(new Error("no room"));
  await assert.rejects(fixture.pull(fixture.registry.put(image)), {
    message: new RegExp(`^failed to prepare extraction snapshot "extract-\\d+-[\\w-]{4} ${chain[0]}"$`),
  });
});

test("a snapshot that the snapshotter fills itself is committed without a fetch", async () => {
  await using fixture = await Fixture.start();
  fixture.snapshotter.isStaged = true;
  await fixture.pull(fixture.registry.put(image));
  assert.deepEqual(
    fixture.snapshotter.calls,
    chain.flatMap((id) => [`prepare ${id}`, `commit ${id}`]),
  );
  assert.equal((await fixture.blobs()).length, 2);
  assert.deepEqual(fixture.differ.mounts, []);
});

test("a chain that somebody else commits meanwhile is as good", async () => {
  await using fixture = await Fixture.start();
  const single = imageOf(layers.slice(0, 1));
  fixture.differ.before = async () => {
    fixture.differ.before = undefined;
    await fixture.snapshotter.prepare("other", "", { namespace: NAMESPACE });
    await fixture.snapshotter.commit(String(chain[0]), "other", { namespace: NAMESPACE });
  };
  await fixture.pull(fixture.registry.put(single));
  assert.deepEqual([...fixture.snapshotter.all.keys()], [chain[0]]);
});

test("layers are unpacked side by side where that is configured and the snapshotter can re-base", async () => {
  await using fixture = await Fixture.start(inParallel);
  const together = Promise.withResolvers<void>();
  fixture.differ.before = async () => {
    if (fixture.differ.mounts.length === layers.length) together.resolve();
    await together.promise;
  };
  await fixture.pull(fixture.registry.put(image));
  const commits = fixture.snapshotter.calls.filter((each) => each.startsWith("commit"));
  assert.deepEqual(commits, [
    `commit ${chain[0]}`,
    `commit ${chain[1]} onto ${chain[0]}`,
    `commit ${chain[2]} onto ${chain[1]}`,
  ]);
  assert.deepEqual((await readdir(fixture.snapshotter.directory(String(chain[2])))).toSorted(), [
    "a",
    "b",
    "c",
  ]);
  assert.deepEqual(fixture.differ.mounts.map(([mount]) => mount?.type).toSorted(), [
    "bind",
    "overlay",
    "overlay",
  ]);
});

test("no more layers are unpacked at a time than configured", async () => {
  await using fixture = await Fixture.start({ ...inParallel, config: { max_concurrent_unpacks: 2 } });
  let [now, most] = [0, 0];
  fixture.differ.before = async () => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, 20));
    now--;
  };
  await fixture.pull(fixture.registry.put(image));
  assert.equal(most, 2);
});

test("when one of the layers fails, all snapshots of the others go", async () => {
  await using fixture = await Fixture.start(inParallel);
  fixture.differ.before = async ({ digest }) => {
    if (digest === layers[1]?.descriptor.digest) throw new Error("broken");
  };
  await assert.rejects(fixture.pull(fixture.registry.put(image)), { message: /^failed to extract layer / });
  assert.deepEqual(fixture.snapshotter.active, []);
  assert.equal(fixture.leases.all.size, 0);
  fixture.differ.before = undefined;
  await fixture.pull(fixture.registry.put(image));
  assert.deepEqual([...fixture.snapshotter.all.keys()].toSorted(), chain.toSorted());
});
