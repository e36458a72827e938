import assert from "node:assert/strict";
import { test } from "node:test";
import { DiffPlugin, DiffService } from "@davit/diff";
import { uriOf } from "@davit/plugin";

test("the tokens are containerd's names", () => {
  assert.equal(DiffPlugin, "io.containerd.differ.v1");
  assert.equal(uriOf(DiffService), "io.containerd.service.v1.diff-service");
});
