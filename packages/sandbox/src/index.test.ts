import assert from "node:assert/strict";
import { test } from "node:test";
import { SandboxStorePlugin } from "@davit/sandbox";

test("types and references have containerd's names", () => {
  assert.equal(SandboxStorePlugin, "io.containerd.sandbox.store.v1");
});
