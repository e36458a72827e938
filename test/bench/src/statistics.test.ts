import assert from "node:assert/strict";
import { test } from "node:test";
import { median, medianRatio, summary } from "@davit/test-bench";

test("the median of an even number of values is the mean of the two in the middle", () => {
  assert.equal(median([]), undefined);
  assert.equal(median([3]), 3);
  assert.equal(median([10, 1, 2, 4]), 3);
});

test("a summary has median, least and most", () => {
  assert.deepEqual(summary([5, 1, 9]), { median: 5, min: 1, max: 9, count: 3 });
  assert.equal(summary([]), undefined);
});

test("the ratio is of values of the same round", () => {
  assert.equal(medianRatio([10, undefined, 40, 8], [5, 7, undefined, 2]), 3);
  assert.equal(medianRatio([1], [undefined]), undefined);
  assert.equal(medianRatio([1], [0]), undefined);
});
