import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ContentPlugin } from "@davit/content";
import { MemoryStore } from "@davit/content-testsuite";
import { wireMessage } from "@davit/errdefs";
import { EventPlugin } from "@davit/events";
import { MetadataPlugin } from "@davit/metadata";
import { definePlugin, startPlugins, type PluginSet } from "@davit/plugin";
import { MetadataLevelPlugin } from "@davit/plugin-metadata-level";
import { SnapshotPlugin } from "@davit/snapshots";
import { RecordedEvents, temporaryDirectory, undivided } from "./testing/fixture.ts";
import { MemorySnapshotter } from "./testing/memory-snapshotter.ts";
import { image } from "./testing/objects.ts";

const content = definePlugin({
  type: ContentPlugin,
  id: "content",
  init: () => undivided(new MemoryStore()),
});
const events = definePlugin({ type: EventPlugin, id: "exchange", init: () => new RecordedEvents() });
const memory = definePlugin({ type: SnapshotPlugin, id: "memory", init: () => new MemorySnapshotter() });
const broken = definePlugin({
  type: SnapshotPlugin,
  id: "broken",
  init: () => {
    throw new Error("no device");
  },
});

const URI = "io.containerd.metadata.v1.level";

async function start(root: string, config: Record<string, unknown> = {}): Promise<PluginSet> {
  const plugins = [MetadataLevelPlugin, content, events, memory, broken];
  return await startPlugins({ plugins, root, state: join(root, "state"), config });
}

test("the plugin requires, exports and stores what containerd's does", async () => {
  await using directory = await temporaryDirectory();
  await using set = await start(directory.path);
  const entry = set.get(URI);
  assert.equal(entry?.error, undefined);
  assert.deepEqual(entry?.requires, [
    "io.containerd.content.v1",
    "io.containerd.event.v1",
    "io.containerd.snapshotter.v1",
  ]);
  const path = join(directory.path, URI, "meta.db");
  assert.deepEqual(entry?.exports, { policy: "shared", path });
  assert.ok(existsSync(path));
  const metadata = set.lookUp(MetadataPlugin);
  await metadata.images.create(image("a"), { namespace: "ns" });
  assert.deepEqual([...metadata.snapshotters.keys()], ["memory"], "a failed snapshotter is absent, no more");
});

test("containerd's id is good in the configuration", async () => {
  await using directory = await temporaryDirectory();
  await using set = await start(directory.path, {
    "io.containerd.metadata.v1.bolt": { content_sharing_policy: "isolated", no_sync: true },
  });
  assert.equal(set.get(URI)?.exports["policy"], "isolated");
});

test("a second daemon on the same root fails at once, and says why", async () => {
  await using directory = await temporaryDirectory();
  await using _ = await start(directory.path);
  await using second = await start(directory.path);
  assert.match(wireMessage(second.get(URI)?.error), /^metadata database .* is in use by another daemon$/);
});

test("the database is closed with the plugin", async () => {
  await using directory = await temporaryDirectory();
  await (await start(directory.path))[Symbol.asyncDispose]();
  await using set = await start(directory.path);
  assert.equal(set.get(URI)?.state, "loaded");
});
