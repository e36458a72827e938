import assert from "node:assert/strict";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { WarningPlugin } from "@davit/introspection";
import { definePlugin, registrationOf, startPlugins } from "@davit/plugin";
import { RuntimeTaskPlugin } from "@davit/plugin-runtime-task";
import { RuntimePlugin, ShimPlugin } from "@davit/runtime";
import { fsMagic, FsMagic } from "@davit/sys";
import { FakeShims } from "./testing/fake-shims.ts";

test("the plugin has containerd's name and requirements", () => {
  const { uri, requirements } = registrationOf(RuntimeTaskPlugin);
  assert.equal(uri, "io.containerd.runtime.v2.task");
  assert.deepEqual(
    requirements.map(({ type }) => type),
    ["io.containerd.shim.v1", "io.containerd.mount-manager.v1", "io.containerd.warning.v1"],
  );
});

async function start(config = {}): Promise<
  AsyncDisposable & {
    readonly shims: FakeShims;
    readonly emitted: string[];
    readonly path: string;
    readonly set: Awaited<ReturnType<typeof startPlugins>>;
  }
> {
  const path = await mkdtemp(join(tmpdir(), "drt-"));
  const shims = new FakeShims();
  const emitted: string[] = [];
  const manager = definePlugin({ type: ShimPlugin, id: "manager", init: () => shims });
  const warnings = definePlugin({
    type: WarningPlugin,
    id: "deprecations",
    init: () => ({ emit: (id: string) => void emitted.push(id), warnings: () => [] }),
  });
  const set = await startPlugins({
    plugins: [RuntimeTaskPlugin, manager, warnings],
    root: join(path, "root"),
    state: join(path, "state"),
    platform: "linux/amd64",
    config: { "io.containerd.runtime.v2.task": config },
  });
  return {
    shims,
    emitted,
    path,
    set,
    async [Symbol.asyncDispose]() {
      await set[Symbol.asyncDispose]();
      await rm(path, { recursive: true });
    },
  };
}

test("at its start it loads what is in its own directories", async () => {
  await using running = await start();
  const { shims, path, set } = running;
  assert.ok(set.lookUp(RuntimePlugin));
  const uri = "io.containerd.runtime.v2.task";
  assert.deepEqual(shims.loaded, [{ root: join(path, "root", uri), state: join(path, "state", uri) }]);
  assert.equal((await stat(join(path, "state", uri))).mode & 0o777, 0o711);
});

test("it tells its platforms and the schemes of log URIs", async () => {
  for (const [config, platforms] of [
    [{}, ["linux/amd64"]],
    [{ platforms: ["linux/arm64"] }, ["linux/arm64"]],
  ] as const) {
    await using running = await start(config);
    const entry = [...running.set].find(({ uri }) => uri === "io.containerd.runtime.v2.task");
    assert.deepEqual(entry?.platforms, platforms);
    assert.deepEqual(entry?.exports, { "log-uri-schemes": "fifo,binary,binary-v2,file" });
  }
});

test("a host that is not on cgroup v2 alone is warned of", async () => {
  await using running = await start();
  const unified = fsMagic("/sys/fs/cgroup") === FsMagic.CGROUP2_SUPER_MAGIC;
  assert.deepEqual(running.emitted, unified ? [] : ["io.containerd.deprecation/cgroup-v1"]);
});
