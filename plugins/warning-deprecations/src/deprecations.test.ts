import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { isInvalidArgument } from "@davit/errdefs";
import { WarningPlugin } from "@davit/introspection";
import { startPlugins } from "@davit/plugin";
import { deprecationIds, Deprecations, WarningDeprecationsPlugin } from "@davit/plugin-warning-deprecations";

const names = [
  "cri-registry-mirrors",
  "cri-registry-auths",
  "cri-registry-configs",
  "cri-cni-bin-dir",
  "tracing-processor-config",
  "tracing-service-config",
  "nri-v010-plugin",
  "nri-plugin-interface",
  "cgroup-v1",
  "enable-cdi",
  "runc-options-task-api-address",
  "runc-options-task-api-version",
];

test("containerd's warnings are known, each with a message", () => {
  assert.deepEqual(
    deprecationIds,
    names.map((name) => `io.containerd.deprecation/${name}`),
  );
  const deprecations = new Deprecations();
  for (const id of deprecationIds) deprecations.emit(id);
  assert.equal(deprecations.warnings().length, names.length);
  assert.ok(deprecations.warnings().every(({ message }) => /deprecated/.test(message)));
});

test("of each warning there is the last time", () => {
  const deprecations = new Deprecations();
  const [first = "", second = ""] = deprecationIds;
  deprecations.emit(first);
  const [before] = deprecations.warnings();
  deprecations.emit(second);
  deprecations.emit(first);
  const after = deprecations.warnings();
  assert.deepEqual(
    after.map(({ id }) => id),
    [first, second].toSorted(),
  );
  const again = after.find(({ id }) => id === first);
  assert.ok(before && again && again.lastOccurrence > before.lastOccurrence);
});

test("a warning that is not known cannot be emitted", () => {
  const deprecations = new Deprecations();
  for (const id of ["", "x", "io.containerd.deprecation/", "io.containerd.deprecation/toString"])
    assert.throws(() => deprecations.emit(id), isInvalidArgument);
  assert.deepEqual(deprecations.warnings(), []);
});

test("the plugin requires nothing, and warns of cgroup v1", async () => {
  const plugins = [WarningDeprecationsPlugin];
  await using set = await startPlugins({ plugins, root: "/nonexistent", state: "/nonexistent" });
  assert.deepEqual(set.get("io.containerd.warning.v1.deprecations")?.requires, []);
  const ids = set
    .lookUp(WarningPlugin)
    .warnings()
    .map(({ id }) => id);
  const unified = existsSync("/sys/fs/cgroup/cgroup.controllers");
  assert.deepEqual(ids, unified ? [] : ["io.containerd.deprecation/cgroup-v1"]);
});
