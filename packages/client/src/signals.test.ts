import assert from "node:assert/strict";
import { test } from "node:test";
import { isInvalidArgument } from "@davit/errdefs";
import { parseSignal } from "@davit/client";

test("signals have names in any form, and numbers", () => {
  assert.deepEqual(["SIGTERM", "term", "Kill", "9", 15, "34"].map(parseSignal), [15, 15, 9, 9, 15, 34]);
});

test("what is no signal is refused", () => {
  for (const signal of ["", "SIG", "nope", "0", "65", "-1", "1.5"])
    assert.throws(() => parseSignal(signal), isInvalidArgument, signal);
});
