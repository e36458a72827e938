import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DiffPlugin } from "@davit/diff";
import { isResourceExhausted } from "@davit/errdefs";
import { MetadataPlugin, type MetadataStore } from "@davit/metadata";
import { checkConfig, definePlugin, startPlugins } from "@davit/plugin";
import { DifferWalkingPlugin } from "@davit/plugin-differ-walking";
import { test } from "node:test";
import { options, rootTest } from "./testing/fixture.ts";
import { tar } from "./testing/tar.ts";

const URI = "io.containerd.differ.v1.walking";

rootTest("the plugin unpacks what the metadata store has, within the limits configured", async (fixture) => {
  const metadata = definePlugin({
    type: MetadataPlugin,
    id: "memory",
    init: () => ({ content: fixture.content }) as unknown as MetadataStore,
  });
  const [root, state, layer] = fixture.directories("root", "state", "layer");
  await using set = await startPlugins({
    plugins: [DifferWalkingPlugin, metadata],
    root,
    state,
    platform: "linux/amd64",
    config: { [URI]: { workers: 1, max_layer_entries: 1 } },
  });
  const info = set.infos().find(({ uri }) => uri === URI);
  assert.deepEqual(info?.requires, ["io.containerd.metadata.v1", "io.containerd.mount-manager.v1"]);
  assert.deepEqual(info.platforms, ["linux/amd64"]);
  const mounts = [{ type: "bind", source: layer, options: ["rbind"] }];
  const differ = set.lookUp(DiffPlugin);
  await differ.apply(await fixture.layer(tar({ name: "file", data: "x" })), mounts, options);
  assert.equal(readFileSync(join(layer, "file"), "utf8"), "x");
  const two = await fixture.layer(tar({ name: "a" }, { name: "b" }));
  await assert.rejects(differ.apply(two, mounts, options), isResourceExhausted);
});

test("numbers that make no sense are refused when the configuration is read", async () => {
  for (const table of [{ workers: -1 }, { max_layer_bytes: 0 }, { max_layer_ratio: "much" }]) {
    const { errors } = await checkConfig({ plugins: [DifferWalkingPlugin], config: { [URI]: table } });
    assert.equal(errors.length, 1, JSON.stringify(table));
  }
});
