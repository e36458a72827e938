import assert from "node:assert/strict";
import { test } from "node:test";
import {
  formatDuration,
  formatRfc3339,
  fromTimestamp,
  now,
  parseDuration,
  parseRfc3339,
  split,
  toTimestamp,
  ZERO_TIME,
} from "@davit/time";

test("now() grows with every call and agrees with the wall clock", () => {
  const instants = Array.from({ length: 1000 }, now);
  assert.deepEqual(
    instants,
    instants.toSorted((a, b) => (a < b ? -1 : 1)),
  );
  assert.equal(new Set(instants).size, 1000);
  assert.ok(Math.abs(Number(now() / 1_000_000n) - Date.now()) < 100);
});

test("Go's zero time has the seconds that clients know", () => {
  assert.deepEqual(split(ZERO_TIME), { seconds: -62_135_596_800n, nanos: 0 });
});

test("timestamps keep nanoseconds, before 1970 too", () => {
  for (const instant of [0n, -1n, 1_704_164_645_000_000_006n, ZERO_TIME])
    assert.equal(fromTimestamp(toTimestamp(instant)), instant);
  assert.equal(fromTimestamp(undefined), 0n);
});

test("RFC 3339 keeps nanoseconds and zones", () => {
  const instant = 1_704_164_645_000_000_006n;
  assert.equal(formatRfc3339(instant), "2024-01-02T03:04:05.000000006Z");
  assert.equal(parseRfc3339("2024-01-02T03:04:05.000000006Z"), instant);
  assert.equal(parseRfc3339("2024-01-02T05:04:05.000000006+02:00"), instant);
  assert.equal(formatRfc3339(1_704_164_645_500_000_000n), "2024-01-02T03:04:05.5Z");
  for (const bad of ["", "2024-01-02", "2024-13-02T03:04:05Z", "now"])
    assert.equal(parseRfc3339(bad), undefined);
});

test("durations are read as Go reads them", () => {
  assert.equal(parseDuration("1h2m3.5s"), 3_723_500_000_000n);
  assert.equal(parseDuration("-1.5ms"), -1_500_000n);
  assert.equal(parseDuration("0"), 0n);
  for (const bad of ["", "5", "1x", "s", "1h 2m", "-"]) assert.equal(parseDuration(bad), undefined);
});

test("durations are written as Go writes them", () => {
  const cases = {
    "2.28ms": 2_280_000n,
    "1m0s": 60_000_000_000n,
    "24h0m0s": 86_400_000_000_000n,
    "0s": 0n,
    "1.5µs": 1500n,
  };
  for (const [text, value] of Object.entries(cases)) assert.equal(formatDuration(value), text);
});
