import assert from "node:assert/strict";
import { test } from "node:test";
import { allTypes } from "@davit/api";

test("the registry knows the task service", () => {
  assert.ok(allTypes.getService("containerd.task.v3.Task"));
});
