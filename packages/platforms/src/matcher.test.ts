import assert from "node:assert/strict";
import { test } from "node:test";
import {
  all,
  any,
  compatiblePlatforms,
  formatPlatform,
  only,
  onlyStrict,
  ordered,
  parsePlatform,
  type Platform,
} from "@davit/platforms";

const host: Platform = { os: "linux", architecture: "amd64" };
const p = (specifier: string): Platform => parsePlatform(specifier, host);
const list = (specifiers: string): Platform[] => specifiers.split(" ").map(p);
const sorted = (platforms: Platform[], compare: (a: Platform, b: Platform) => number): string =>
  platforms.toSorted(compare).map(formatPlatform).join(" ");

const preferences: readonly [string, string][] = [
  ["linux/amd64", "linux/amd64 linux/386"],
  ["linux/amd64/v3", "linux/amd64/v3 linux/amd64/v2 linux/amd64 linux/386"],
  ["linux/386", "linux/386"],
  ["linux/arm", "linux/arm/v7 linux/arm/v6 linux/arm/v5"],
  ["linux/arm/v8", "linux/arm/v8 linux/arm/v7 linux/arm/v6 linux/arm/v5"],
  ["linux/arm/v5", "linux/arm/v5"],
  ["linux/arm64", "linux/arm64 linux/arm/v8 linux/arm/v7 linux/arm/v6 linux/arm/v5"],
  [
    "linux/arm64/v8.2",
    "linux/arm64/v8.2 linux/arm64/v8.1 linux/arm64 linux/arm/v8 linux/arm/v7 linux/arm/v6 linux/arm/v5",
  ],
  [
    "linux/arm64/v9.1",
    "linux/arm64/v9.1 linux/arm64/v9 linux/arm64/v8.6 linux/arm64/v8.5 linux/arm64/v8.4 linux/arm64/v8.3 linux/arm64/v8.2 " +
      "linux/arm64/v8.1 linux/arm64 linux/arm/v8 linux/arm/v7 linux/arm/v6 linux/arm/v5",
  ],
  ["linux/arm64/odd", "linux/arm64/odd linux/arm/v8 linux/arm/v7 linux/arm/v6 linux/arm/v5"],
  ["linux/riscv64", "linux/riscv64"],
  ["linux/s390x/z", "linux/s390x/z"],
];

for (const [platform, order] of preferences) {
  test(`${platform} runs ${order}`, () => {
    assert.equal(compatiblePlatforms(p(platform)).map(formatPlatform).join(" "), order);
    const shuffled = [...list(order).toReversed(), ...list("linux/mips windows/amd64")];
    assert.equal(
      sorted(shuffled, only(p(platform)).compare)
        .split(" ")
        .slice(0, -2)
        .join(" "),
      order,
    );
  });
}

test("only() matches what runs, and nothing else", () => {
  const matcher = only(p("linux/arm/v7"));
  for (const each of list("linux/arm linux/armhf linux/arm/v6 linux/armel linux/arm/v5"))
    assert.ok(matcher.match(each));
  for (const each of list("linux/arm/v8 linux/arm64 linux/arm/v4 linux/amd64 darwin/arm"))
    assert.ok(!matcher.match(each));
});

test("onlyStrict() matches the platform in every spelling alone", () => {
  const matcher = onlyStrict(p("linux/arm64/v8"));
  for (const each of list("linux/arm64 linux/aarch64/v8 linux/arm64/8")) assert.ok(matcher.match(each));
  for (const each of list("linux/arm/v8 linux/arm64/v9 darwin/arm64")) assert.ok(!matcher.match(each));
  assert.ok(!onlyStrict(p("linux/amd64")).match(p("linux/386")));
  assert.ok(!onlyStrict(p("linux/amd64/v2")).match(p("linux/amd64")));
});

test("ordered() prefers the first", () => {
  const matcher = ordered(...list("linux/arm64 linux/amd64"));
  assert.equal(
    sorted(list("linux/386 linux/amd64 linux/arm64"), matcher.compare),
    "linux/arm64 linux/amd64 linux/386",
  );
  assert.ok(matcher.match(p("linux/amd64")));
  assert.ok(!matcher.match(p("linux/386")));
  assert.ok(!ordered().match(p("linux/386")));
});

test("any() prefers none of its own", () => {
  const matcher = any(...list("linux/arm64 linux/amd64"));
  assert.equal(
    sorted(list("linux/386 linux/amd64 linux/arm64"), matcher.compare),
    "linux/amd64 linux/arm64 linux/386",
  );
  assert.ok(matcher.match(p("linux/arm64")) && !matcher.match(p("linux/386")));
});

test("all matches everything and prefers nothing", () => {
  assert.ok(all.match(p("plan9/mips")));
  assert.equal(all.compare(p("plan9/mips"), p("linux/amd64")), 0);
});

test("the features of an image are a subset of those wanted", () => {
  const matcher = only(p("linux(+gpu+simd)/amd64"));
  for (const each of list("linux/amd64 linux(+gpu)/amd64 linux(+simd+gpu)/amd64"))
    assert.ok(matcher.match(each));
  for (const each of list("linux(+tpu)/amd64 linux(+gpu+tpu)/amd64")) assert.ok(!matcher.match(each));
  assert.ok(!only(p("linux/amd64")).match(p("linux(+gpu)/amd64")));
});

test("more features are preferred among equals, and a stranger last", () => {
  for (const matcher of [only(p("linux(+gpu+simd)/amd64")), any(p("linux(+gpu+simd)/amd64"))]) {
    const order = list(
      "windows/amd64 linux/amd64 linux(+gpu)/amd64 linux(+simd+gpu)/amd64 linux(+tpu)/amd64",
    ).toSorted(matcher.compare);
    assert.deepEqual(
      order.slice(0, 3).map(({ osFeatures = [] }) => osFeatures.length),
      [2, 1, 0],
    );
  }
  const matcher = only(host);
  assert.ok(matcher.compare(p("linux(+tpu)/amd64"), p("windows/amd64")) < 0);
  assert.ok(matcher.compare(p("windows/amd64"), p("linux(+tpu)/amd64")) > 0);
});

test("the version matters on Windows only", () => {
  const windows = (osVersion: string): Platform => ({ os: "windows", architecture: "amd64", osVersion });
  assert.ok(only({ ...host, osVersion: "5" }).match({ ...host, osVersion: "6" }));
  const old = only(windows("10.0.17763"));
  assert.ok(old.match(windows("10.0.17763.4010")) && old.match(windows("")) && old.match(windows("odd")));
  for (const version of ["10.0.17762", "10.0.20348", "6.1.17763"])
    assert.ok(!old.match(windows(version)), version);
  const recent = only(windows("10.0.26100"));
  assert.ok(recent.match(windows("10.0.20348.1")) && recent.match(windows("10.0.26100")));
  assert.ok(!recent.match(windows("10.0.17763")) && !recent.match(windows("10.0.26101")));
  assert.ok(only(windows("")).match(windows("10.0.17763")));
});

test("win32k is not regarded", () => {
  const windows: Platform = { os: "windows", architecture: "amd64" };
  assert.ok(only(windows).match({ ...windows, osFeatures: ["win32k"] }));
});
