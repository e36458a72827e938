import assert from "node:assert/strict";
import { test } from "node:test";
import type { TransferProgress } from "@davit/transfer";
import { ProgressTracker } from "./progress-tracker.ts";
import { Fixture } from "./testing/fixture.ts";
import { bigLayer, imageOf, layerOf } from "./testing/image.ts";

test("a fresh pull tells what containerd tells", async () => {
  await using fixture = await Fixture.start();
  const layers = [layerOf({ a: "" }), layerOf({ b: "" })];
  const image = imageOf(layers);
  const reference = fixture.registry.put(image);
  await fixture.pull(reference);
  const { events, progress } = fixture;
  const manifest = `manifest-${image.top.digest}`;
  const config = `config-${image.blobs[0]?.descriptor.digest}`;
  assert.deepEqual(events.slice(0, 5), [
    `Resolving from OCI Registry (${reference})`,
    `Pulling from OCI Registry (${reference})`,
    `fetching image content ${reference}`,
    `waiting ${manifest}`,
    `waiting ${config}`,
  ]);
  const saved = events.indexOf(`saved ${reference}`);
  assert.equal(events[saved + 1], `Completed pull from OCI Registry (${reference})`);
  assert.equal(progress[saved]?.descriptor?.digest, image.top.digest);
  // What the last 300 ms brought comes last.
  assert.match(String(events.at(-1)), /^(?:complete|extracted) /);
  for (const [index, { descriptor }] of layers.entries()) {
    const name = `layer-${descriptor.digest}`;
    const own = progress.filter((each) => each.name === name);
    const events = own.map(({ event }) => event).filter((event) => !/^(?:download|extract)ing$/.test(event));
    assert.deepEqual(
      events.filter((event) => event !== "complete"),
      ["waiting", "extracted"],
      `layer ${index}`,
    );
    for (const { parents, total } of own)
      assert.deepEqual([parents, total], [[manifest], BigInt(descriptor.size)]);
    assert.equal(own.at(-1)?.progress, BigInt(descriptor.size));
  }
  assert.deepEqual(progress.find(({ name }) => name === manifest)?.parents, [reference]);
  assert.equal(progress[2]?.descriptor?.digest, image.top.digest);
});

test("a slow download is told on its way", async () => {
  await using fixture = await Fixture.start();
  const layer = bigLayer(400_000);
  fixture.registry.behaviour = async ({ path }, response, stored) => {
    if (stored === undefined || !path.endsWith(layer.descriptor.digest)) return false;
    response.writeHead(200, { "content-length": stored.bytes.length });
    for (let at = 0; at < stored.bytes.length; at += 100_000) {
      response.write(stored.bytes.subarray(at, at + 100_000));
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    response.end();
    return true;
  };
  await fixture.pull(fixture.registry.put(imageOf([layer])));
  const seen = fixture.progress
    .filter(({ event }) => event === "downloading")
    .map(({ progress = 0n }) => progress);
  assert.ok(seen.length >= 2 && seen.length <= 5, `${seen.length} times`);
  assert.deepEqual(
    seen,
    seen.toSorted((a, b) => Number(a - b)),
  );
});

test("what changed is told every 300 ms, and nothing when nothing has", (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const told: TransferProgress[] = [];
  const take = (): string[] => told.splice(0).map(({ event, progress }) => `${event} ${progress}`);
  const { descriptor } = layerOf({ a: "" });
  const { size } = descriptor;
  using tracker = new ProgressTracker("image", (progress) => told.push(progress));
  const job = tracker.add(descriptor);
  assert.equal(tracker.add(descriptor), job);
  assert.deepEqual(take(), ["waiting 0"]);
  t.mock.timers.tick(300);
  job.downloading(0n);
  job.downloading(5n);
  job.downloading(7n);
  assert.deepEqual(take(), []);
  t.mock.timers.tick(300);
  assert.deepEqual(take(), ["downloading 7"]);
  t.mock.timers.tick(300);
  assert.deepEqual(take(), []);
  job.downloading(8n);
  job.complete();
  job.extracting(3n);
  t.mock.timers.tick(300);
  assert.deepEqual(take(), [`complete ${size}`, "extracting 3"]);
  job.complete();
  job.extracting(9n);
  job.extracted();
  tracker[Symbol.dispose]();
  assert.deepEqual(take(), [`extracted ${size}`]);
});
