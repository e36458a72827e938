import assert from "node:assert/strict";
import { test } from "node:test";
import { compareKeys, endOf, keyOf, lastPart, partsAfter, partsOf, prefixOf } from "./keys.ts";

const awkward = [
  "",
  "a",
  "a\u0000",
  "a\u0000b",
  "a\u0001",
  "a\u0001\u0002",
  "a/b",
  "ab",
  "é",
  "\uffff",
  "😀",
];

test("any text is a part, and comes back as it was", () => {
  for (const a of awkward)
    for (const b of awkward) {
      assert.deepEqual(partsOf(keyOf("image", a, b)), ["image", a, b]);
      assert.equal(lastPart(keyOf("image", a, b)), b);
      assert.deepEqual(partsAfter(keyOf("image", a, b), prefixOf("image", a)), [b]);
    }
});

test("keys sort as the bytes of their last part do", () => {
  const byKey = awkward.toSorted((a, b) => compareKeys(keyOf("k", a), keyOf("k", b)));
  assert.deepEqual(byKey, awkward.toSorted(compareKeys));
});

test("a range over a prefix holds that prefix and nothing else", () => {
  const prefix = prefixOf("image", "ns");
  const inside = awkward.map((name) => keyOf("image", "ns", name));
  const outside = [
    "image",
    keyOf("image", "ns"),
    keyOf("image", "ns\u0000x", "a"),
    keyOf("image", "nsx", "a"),
  ];
  const holds = (key: string) => compareKeys(key, prefix) >= 0 && compareKeys(key, endOf(prefix)) < 0;
  assert.ok(inside.every(holds));
  assert.ok(!outside.some(holds));
});

test("an end is of a prefix only", () => assert.throws(() => endOf("image"), RangeError));
