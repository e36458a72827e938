import assert from "node:assert/strict";
import { test } from "node:test";
import { kindOf } from "@davit/errdefs";
import { isConfigType, refKey } from "@davit/oci";
import { Fixture } from "../testing/fixture.ts";
import { bigLayer, imageOf, layerOf } from "../testing/image.ts";

const layer = bigLayer(200_000);
const image = imageOf([layerOf({ base: "" }), layer]);
const ref = refKey(layer.descriptor);

/** A registry that sends half of the big layer and then nothing; `sent` is fulfilled when it has. */
function stall({ registry }: Fixture): Promise<void> {
  const sent = Promise.withResolvers<void>();
  registry.behaviour = ({ path }, response, stored) => {
    if (stored === undefined || !path.endsWith(layer.descriptor.digest)) return false;
    response.writeHead(200, { "content-length": stored.bytes.length });
    response.write(stored.bytes.subarray(0, stored.bytes.length / 2), () => setTimeout(sent.resolve, 50));
    return true;
  };
  return sent.promise;
}

async function nothingLeft(fixture: Fixture): Promise<void> {
  assert.deepEqual([fixture.images.all.size, fixture.leases.all.size], [0, 0]);
  assert.deepEqual(fixture.snapshotter.active, []);
}

test("an aborted pull stops, and what came is resumed by the next", async () => {
  await using fixture = await Fixture.start();
  const reference = fixture.registry.put(image);
  const abort = new AbortController();
  const stalled = stall(fixture);
  const pulled = fixture.pull(reference, { signal: abort.signal });
  await stalled;
  const reason = new Error("enough");
  abort.abort(reason);
  await assert.rejects(pulled, (err) => err === reason);
  await nothingLeft(fixture);
  assert.equal((await fixture.content.ingested(ref))?.length, layer.bytes.length / 2);

  fixture.registry.behaviour = undefined;
  fixture.registry.asked.length = 0;
  await fixture.pull(reference);
  const resumed = fixture.registry.asked.find(({ path }) => path.endsWith(layer.descriptor.digest));
  assert.equal(resumed?.headers.range, `bytes=${layer.bytes.length / 2}-`);
});

test("a pull that is aborted while it waits for the configuration fails once, where it is waited for", async () => {
  await using fixture = await Fixture.start();
  const reference = fixture.registry.put(image);
  const asked = Promise.withResolvers<void>();
  const config = image.blobs.find(({ descriptor }) => isConfigType(descriptor.mediaType));
  fixture.registry.behaviour = ({ path }) => {
    if (!path.endsWith(config?.descriptor.digest ?? "none")) return false;
    asked.resolve();
    return true; // and never answered
  };
  const unhandled: unknown[] = [];
  const note = (error: unknown): number => unhandled.push(error);
  process.on("unhandledRejection", note);
  const abort = new AbortController();
  const pulled = fixture.pull(reference, { signal: abort.signal });
  await asked.promise;
  abort.abort();
  await assert.rejects(pulled, { name: "AbortError" });
  await new Promise((resolve) => setTimeout(resolve, 50));
  process.off("unhandledRejection", note);
  assert.deepEqual(unhandled, []);
});

test("a pull that is aborted before it begins does nothing", async () => {
  await using fixture = await Fixture.start();
  const signal = AbortSignal.abort();
  await assert.rejects(fixture.pull(fixture.registry.put(image), { signal }), { name: "AbortError" });
  assert.deepEqual([fixture.registry.asked, fixture.leases.created, fixture.progress], [[], [], []]);
});

test("a pull that waits for the download of another takes over when that is aborted", async () => {
  await using fixture = await Fixture.start();
  const reference = fixture.registry.put(image);
  const abort = new AbortController();
  const stalled = stall(fixture);
  const first = fixture.pull(reference, { signal: abort.signal, unpacks: [] });
  await stalled;
  fixture.registry.behaviour = undefined;
  const second = fixture.pull(reference, { unpacks: [] });
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(fixture.images.all.size, 0);
  abort.abort();
  await assert.rejects(first, { name: "AbortError" });
  await second;
  assert.equal(fixture.images.all.size, 1);
});

test("a pull that waits for the layer of another can be aborted alone", async () => {
  await using fixture = await Fixture.start();
  const reference = fixture.registry.put(image);
  const aborts = [new AbortController(), new AbortController()] as const;
  const stalled = stall(fixture);
  const first = fixture.pull(reference, { signal: aborts[0].signal });
  await stalled;
  const second = fixture.pull(reference, { signal: aborts[1].signal });
  await new Promise((resolve) => setTimeout(resolve, 50));
  aborts[1].abort();
  await assert.rejects(second, { name: "AbortError" });
  assert.equal(fixture.leases.all.size, 1);
  aborts[0].abort();
  await assert.rejects(first, { name: "AbortError" });
  await nothingLeft(fixture);
});

test("what was not begun leaves no ingest", async () => {
  await using fixture = await Fixture.start({ config: { max_concurrent_downloads: 1 } });
  const others = [1, 2, 3].map((n) => layerOf({ file: String(n) }));
  const reference = fixture.registry.put(imageOf([layer, ...others]));
  const abort = new AbortController();
  const stalled = stall(fixture);
  const pulled = fixture.pull(reference, { signal: abort.signal });
  await stalled;
  abort.abort();
  await assert.rejects(pulled, { name: "AbortError" });
  const statuses = await fixture.content.listStatuses({ namespace: "test" });
  assert.deepEqual(
    statuses.map((status) => status.ref),
    [ref],
  );
});

test("when the plugin is closed its transfers end first", async () => {
  await using fixture = await Fixture.start();
  const stalled = stall(fixture);
  const pulled = fixture.pull(fixture.registry.put(image));
  const failed = assert.rejects(pulled, (err) => kindOf(err) === "Unavailable");
  await stalled;
  await fixture.plugins[Symbol.asyncDispose]();
  await nothingLeft(fixture);
  await failed;
});
