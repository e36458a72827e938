import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createDaemon } from "@davit/daemon";
import { plugins } from "@davit/davitd";
import { registrationOf, type PluginDefinition } from "@davit/plugin";
import { REFERENCE } from "./reference-plugins.ts";

const uriOf = (plugin: PluginDefinition): string => registrationOf(plugin).uri;
/** Ids of our own where containerd's name its store. */
const OWN_IDS = new Map([["io.containerd.metadata.v1.level", "io.containerd.metadata.v1.bolt"]]);

test("the daemon has more than twenty-five plugins, each with containerd's URI and requirements", () => {
  assert.ok(plugins.length > 25, `${plugins.length} plugins`);
  for (const plugin of plugins) {
    const { uri, requirements } = registrationOf(plugin);
    const expected = REFERENCE.get(OWN_IDS.get(uri) ?? uri);
    assert.ok(expected, `${uri} is no plugin of containerd`);
    const types = [...new Set(requirements.map(({ type }) => type))];
    assert.deepEqual(types.toSorted(), expected.map((short) => TYPES[short]).toSorted(), uri);
  }
});

test("no URI stands twice in the list", () => {
  assert.equal(new Set(plugins.map(uriOf)).size, plugins.length);
});

async function boot(list: readonly PluginDefinition[]) {
  const dir = await mkdtemp(join(tmpdir(), "davit-plugins-"));
  const daemon = await createDaemon({
    plugins: list,
    root: join(dir, "root"),
    state: join(dir, "state"),
    address: join(dir, "d.sock"),
  });
  const states = new Map(daemon.plugins.infos().map(({ uri, state }) => [uri, state]));
  await daemon[Symbol.asyncDispose]();
  await rm(dir, { recursive: true });
  return states;
}

const needsRoot = { skip: process.getuid?.() === 0 ? false : "needs root" };

test("all plugins load", needsRoot, async () => {
  const states = await boot(plugins);
  assert.deepEqual(
    [...states].filter(([, state]) => state !== "loaded"),
    [],
  );
});

test("without its line a plugin is gone, and nothing else", needsRoot, async () => {
  for (const gone of [
    "io.containerd.snapshotter.v1.native",
    "io.containerd.grpc.v1.version",
    "io.containerd.transfer.v1.local",
  ]) {
    const states = await boot(plugins.filter((plugin) => uriOf(plugin) !== gone));
    assert.equal(states.has(gone), false);
    const affected = [...states].filter(([, state]) => state !== "loaded").map(([uri]) => uri);
    assert.deepEqual(affected, [], gone);
  }
});

test("a daemon of content, metadata and introspection alone boots", async () => {
  const wanted = [
    "io.containerd.content.v1.content",
    "io.containerd.event.v1.exchange",
    "io.containerd.metadata.v1.level",
    "io.containerd.warning.v1.deprecations",
    "io.containerd.service.v1.introspection-service",
    "io.containerd.grpc.v1.introspection",
    "io.containerd.service.v1.content-service",
    "io.containerd.grpc.v1.content",
    "io.containerd.server.v1.grpc",
  ];
  const states = await boot(plugins.filter((plugin) => wanted.includes(uriOf(plugin))));
  assert.deepEqual(
    wanted.map((uri) => states.get(uri)),
    wanted.map(() => "loaded"),
  );
});

/** Short names of types (reference 00 §2). */
const TYPES: Readonly<Record<string, string>> = {
  Content: "io.containerd.content.v1",
  Event: "io.containerd.event.v1",
  Snapshot: "io.containerd.snapshotter.v1",
  Metadata: "io.containerd.metadata.v1",
  GC: "io.containerd.gc.v1",
  MountHandler: "io.containerd.mount-handler.v1",
  MountManager: "io.containerd.mount-manager.v1",
  Lease: "io.containerd.lease.v1",
  Diff: "io.containerd.differ.v1",
  ImageVerifier: "io.containerd.image-verifier.v1",
  Shim: "io.containerd.shim.v1",
  Warning: "io.containerd.warning.v1",
  RuntimeV2: "io.containerd.runtime.v2",
  TaskMonitor: "io.containerd.monitor.task.v1",
  Service: "io.containerd.service.v1",
  Streaming: "io.containerd.streaming.v1",
  Transfer: "io.containerd.transfer.v1",
  SandboxStore: "io.containerd.sandbox.store.v1",
  GRPC: "io.containerd.grpc.v1",
  TTRPC: "io.containerd.ttrpc.v1",
  Metrics: "io.containerd.metrics.v1",
};
