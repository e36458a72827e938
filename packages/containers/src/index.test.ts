import assert from "node:assert/strict";
import { test } from "node:test";
import { ContainersService } from "@davit/containers";

test("types and references have containerd's names", () => {
  assert.deepEqual(ContainersService, { type: "io.containerd.service.v1", id: "containers-service" });
});
