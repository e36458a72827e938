import assert from "node:assert/strict";
import { test } from "node:test";
import { formatAge, formatBytes, formatLabels } from "./human.ts";

test("bytes have the unit that suits them", () => {
  assert.deepEqual([0, 1023, 1024, 1_112_975, 3 * 2 ** 30, 2 ** 50].map(formatBytes), [
    "0 B",
    "1023 B",
    "1.0 KiB",
    "1.1 MiB",
    "3.0 GiB",
    "1024.0 TiB",
  ]);
});

test("ages have one unit", () => {
  const second = 1000;
  const day = 86_400 * second;
  assert.deepEqual([-5, second, 90 * second, 7200 * second, day, 20 * day, 800 * day].map(formatAge), [
    "0 seconds",
    "1 second",
    "1 minute",
    "2 hours",
    "1 day",
    "2 weeks",
    "2 years",
  ]);
});

test("labels are sorted", () => {
  assert.equal(formatLabels({ b: "2", a: "1=" }), "a=1=,b=2");
});
