import assert from "node:assert/strict";
import { test } from "node:test";
import { name } from "@davit/log";

test("the package knows its name", () => {
  assert.equal(name, "@davit/log");
});
