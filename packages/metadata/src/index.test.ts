import assert from "node:assert/strict";
import { test } from "node:test";
import { MetadataPlugin, NamespacesService } from "@davit/metadata";

test("types and references have containerd's names", () => {
  assert.equal(MetadataPlugin, "io.containerd.metadata.v1");
  assert.deepEqual(NamespacesService, { type: "io.containerd.service.v1", id: "namespaces-service" });
});
