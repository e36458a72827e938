import assert from "node:assert/strict";
import { test } from "node:test";
import { definePlugin, startPlugins } from "@davit/plugin";
import { GrpcStreamingPlugin } from "@davit/plugin-grpc-streaming";
import { GrpcPlugin } from "@davit/server";
import { StreamingPlugin } from "@davit/streaming";
import { MemoryStreams } from "./testing/harness.ts";

test("the plugin has containerd's name and needs", async () => {
  const manager = definePlugin({ type: StreamingPlugin, id: "manager", init: () => new MemoryStreams() });
  await using set = await startPlugins({ plugins: [GrpcStreamingPlugin, manager], root: "/r", state: "/s" });
  assert.deepEqual(set.get("io.containerd.grpc.v1.streaming")?.requires, ["io.containerd.streaming.v1"]);
  assert.deepEqual(
    set.lookUp(GrpcPlugin).grpc.map(({ service }) => service.typeName),
    ["containerd.services.streaming.v1.Streaming"],
  );
});
