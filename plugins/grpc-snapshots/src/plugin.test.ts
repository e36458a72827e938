import assert from "node:assert/strict";
import { test } from "node:test";
import { MetadataPlugin, type MetadataStore } from "@davit/metadata";
import { definePlugin, startPlugins } from "@davit/plugin";
import { GrpcSnapshotsPlugin, SnapshotsServicePlugin } from "@davit/plugin-grpc-snapshots";
import { GrpcPlugin } from "@davit/server";
import { SnapshotsService, type Snapshotter } from "@davit/snapshots";
import { MemorySnapshotter } from "./testing/memory-snapshotter.ts";

test("the plugins have containerd's names and needs; snapshotters may come and go", async () => {
  const snapshotters = new Map<string, Snapshotter>();
  const metadata = definePlugin({
    type: MetadataPlugin,
    id: "memory",
    init: () => ({ snapshotters }) as unknown as MetadataStore,
  });
  await using set = await startPlugins({
    plugins: [GrpcSnapshotsPlugin, SnapshotsServicePlugin, metadata],
    root: "/r",
    state: "/s",
  });
  assert.deepEqual(
    set.infos().map(({ uri, requires, state }) => [uri, ...requires, state]),
    [
      ["io.containerd.metadata.v1.memory", "loaded"],
      ["io.containerd.service.v1.snapshots-service", "io.containerd.metadata.v1", "loaded"],
      ["io.containerd.grpc.v1.snapshots", "io.containerd.service.v1", "loaded"],
    ],
  );
  const service = set.lookUp(SnapshotsService);
  const request = { snapshotter: "memory", key: "k" } as Parameters<typeof service.mounts>[0];
  await assert.rejects(service.mounts(request, { namespace: "ns" }), /snapshotter not loaded: memory/);
  snapshotters.set("memory", new MemorySnapshotter());
  await assert.rejects(service.mounts(request, { namespace: "ns" }), /snapshot k does not exist/);
  assert.deepEqual(
    set.lookUp(GrpcPlugin).grpc.map(({ service: { typeName } }) => typeName),
    ["containerd.services.snapshots.v1.Snapshots"],
  );
});
