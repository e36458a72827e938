import assert from "node:assert/strict";
import { test } from "node:test";
import { DiffPlugin, DiffService, type Differ } from "@davit/diff";
import { digestOf } from "@davit/digest";
import { definePlugin, SkipPluginError, startPlugins } from "@davit/plugin";
import { DiffServicePlugin, GrpcDiffPlugin } from "@davit/plugin-grpc-diff";
import { GrpcPlugin } from "@davit/server";

const SERVICE = "io.containerd.service.v1.diff-service";
const GRPC = "io.containerd.grpc.v1.diff";

const digest = digestOf(Buffer.from(""));
const differ = (id: string, init: () => Differ) => definePlugin({ type: DiffPlugin, id, init });
const named = (mediaType: string) =>
  differ(mediaType, () => ({ apply: async () => ({ mediaType, digest, size: 0 }) }));
const skipped = differ("erofs", () => {
  throw new SkipPluginError("no mkfs.erofs");
});

const start = (config: Record<string, unknown>, ...differs: (typeof skipped)[]) =>
  startPlugins({
    plugins: [GrpcDiffPlugin, DiffServicePlugin, ...differs],
    root: "/r",
    state: "/s",
    config: { [SERVICE]: config },
  });

async function answerOf(config: Record<string, unknown>): Promise<string | undefined> {
  await using set = await start(config, named("walking"), named("other"));
  const { apply } = set.lookUp(DiffService);
  const request = { diff: { mediaType: "", digest, size: 0n, annotations: {} }, mounts: [] };
  const { applied } = await apply(request as unknown as Parameters<typeof apply>[0], { namespace: "ns" });
  return applied?.mediaType;
}

test("walking is asked by default, others when configured", async () => {
  assert.equal(await answerOf({}), "walking");
  assert.equal(await answerOf({ default: ["other", "walking"] }), "other");
});

test("the plugins have containerd's names and needs", async () => {
  await using set = await start({}, named("walking"));
  assert.deepEqual(set.get(SERVICE)?.requires, ["io.containerd.differ.v1"]);
  assert.deepEqual(set.get(GRPC)?.requires, ["io.containerd.service.v1"]);
  assert.deepEqual(set.lookUp(GrpcPlugin).grpc[0]?.service.typeName, "containerd.services.diff.v1.Diff");
});

test("a differ of the order that is not there fails the service, and what stands on it", async () => {
  await using set = await start({ default: ["walking", "erofs"] }, named("walking"), skipped);
  for (const uri of [SERVICE, GRPC])
    assert.deepEqual(
      [set.get(uri)?.state, String(set.get(uri)?.error)],
      ["failed", "Error: needed differ not loaded: erofs"],
    );
});
