import assert from "node:assert/strict";
import { test } from "node:test";
import { name } from "ttrpc-node";

test("the package knows its name", () => {
  assert.equal(name, "ttrpc-node");
});
