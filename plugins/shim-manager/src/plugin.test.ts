import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { EventPlugin } from "@davit/events";
import { MetadataPlugin, type MetadataStore } from "@davit/metadata";
import { definePlugin, registrationOf, startPlugins } from "@davit/plugin";
import { ShimManagerPlugin } from "@davit/plugin-shim-manager";
import { ShimPlugin } from "@davit/runtime";
import { daemonFacts, PROPERTIES, timeoutsOf } from "./settings.ts";
import { fakeShim } from "./testing/fake-shim.ts";
import { MemoryEvents, memoryMetadata } from "./testing/memory.ts";
import { temporaryDirectory } from "./testing/temporary.ts";

const events = definePlugin({ type: EventPlugin, id: "exchange", init: () => new MemoryEvents() });
const metadata = definePlugin({
  type: MetadataPlugin,
  id: "level",
  init: () => memoryMetadata() as unknown as MetadataStore,
});

test("the plugin has containerd's name and requirements", () => {
  const { uri, requirements } = registrationOf(ShimManagerPlugin);
  assert.equal(uri, "io.containerd.shim.v1.manager");
  assert.deepEqual(
    requirements.map(({ type }) => type),
    ["io.containerd.event.v1", "io.containerd.metadata.v1"],
  );
});

test("a runtime can be configured by name", async () => {
  await using dir = await temporaryDirectory();
  const binary = await fakeShim(dir.path, {});
  await using set = await startPlugins({
    plugins: [ShimManagerPlugin, metadata, events],
    root: join(dir.path, "root"),
    state: join(dir.path, "state"),
    config: { "io.containerd.shim.v1.manager": { runtimes: { "io.containerd.runc.v2": binary } } },
  });
  assert.equal(await set.lookUp(ShimPlugin).resolveRuntime("io.containerd.runc.v2"), binary);
});

test("what the daemon tells plugins becomes what shims are told", () => {
  const properties = {
    [PROPERTIES.grpcAddress]: "/run/x.sock",
    [PROPERTIES.ttrpcAddress]: "/run/y.sock",
    [PROPERTIES.version]: "1.2.3",
    [PROPERTIES.executable]: "/bin/davitd",
    [PROPERTIES.logLevel]: "debug",
  };
  assert.deepEqual(daemonFacts({ properties, state: "/s/plugin" }), {
    grpcAddress: "/run/x.sock",
    ttrpcAddress: "/run/y.sock",
    version: "1.2.3",
    executable: "/bin/davitd",
    logLevel: "debug",
  });
  const bare = daemonFacts({ properties: { [PROPERTIES.logLevel]: "loud" }, state: "/s/plugin" });
  assert.deepEqual(
    [bare.grpcAddress, bare.ttrpcAddress, bare.logLevel],
    ["/s/davit.sock", "/s/davit.sock.ttrpc", "info"],
  );
});

test("timeouts come from the configuration where it has any that are some", () => {
  const properties = {
    "io.containerd.timeout.shim.load": "1500ms",
    "io.containerd.timeout.shim.cleanup": "soon",
    "io.containerd.timeout.shim.shutdown": "0s",
  };
  const { loadMs, cleanupMs, shutdownMs } = timeoutsOf({ properties });
  assert.deepEqual([loadMs, cleanupMs, shutdownMs], [1500, 5000, 3000]);
});
