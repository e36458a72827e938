import assert from "node:assert/strict";
import { test } from "node:test";
import { IntrospectionService, isPluginInfoProvider, WarningPlugin } from "@davit/introspection";
import { uriOf } from "@davit/plugin";

test("the tokens are containerd's names", () => {
  assert.equal(WarningPlugin, "io.containerd.warning.v1");
  assert.equal(uriOf(IntrospectionService), "io.containerd.service.v1.introspection-service");
});

test("a provider of plugin information is known by its method", () => {
  class Runtime {
    async pluginInfo() {
      return { typeUrl: "x", value: new Uint8Array() };
    }
  }
  assert.equal(isPluginInfoProvider(new Runtime()), true);
  for (const other of [undefined, null, "text", {}, { pluginInfo: "text" }])
    assert.equal(isPluginInfoProvider(other), false);
});
