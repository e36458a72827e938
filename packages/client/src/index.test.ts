import assert from "node:assert/strict";
import { test } from "node:test";
import { name } from "@davit/client";

test("the package knows its name", () => {
  assert.equal(name, "@davit/client");
});
