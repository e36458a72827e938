import assert from "node:assert/strict";
import { test } from "node:test";
import { EventPlugin } from "@davit/events";

test("types and references have containerd's names", () => {
  assert.equal(EventPlugin, "io.containerd.event.v1");
});
