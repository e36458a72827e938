import assert from "node:assert/strict";
import { test } from "node:test";
import { isInvalidArgument, wireMessage } from "@davit/errdefs";
import {
  armVariant,
  formatPlatform,
  formatPlatformFully,
  hostPlatform,
  normalizePlatform,
  parsePlatform,
  type Platform,
} from "@davit/platforms";

const host: Platform = { os: "linux", architecture: "amd64" };

/** Specifier, platform, and what `formatPlatformFully` makes of it. */
const rows: readonly [string, Platform, string][] = [
  ["linux/amd64", { os: "linux", architecture: "amd64" }, "linux/amd64"],
  ["linux/amd64/v3", { os: "linux", architecture: "amd64", variant: "v3" }, "linux/amd64/v3"],
  ["linux/amd64/v1", { os: "linux", architecture: "amd64" }, "linux/amd64"],
  ["Linux/x86_64", { os: "linux", architecture: "amd64" }, "linux/amd64"],
  ["linux/x86-64", { os: "linux", architecture: "amd64" }, "linux/amd64"],
  ["linux/arm64", { os: "linux", architecture: "arm64" }, "linux/arm64"],
  ["linux/arm64/v8", { os: "linux", architecture: "arm64", variant: "v8" }, "linux/arm64/v8"],
  ["linux/arm64/v9.0", { os: "linux", architecture: "arm64", variant: "v9" }, "linux/arm64/v9"],
  ["linux/arm", { os: "linux", architecture: "arm" }, "linux/arm"],
  ["linux/arm/v7", { os: "linux", architecture: "arm", variant: "v7" }, "linux/arm/v7"],
  ["linux/arm/6", { os: "linux", architecture: "arm", variant: "v6" }, "linux/arm/v6"],
  ["linux/riscv64", { os: "linux", architecture: "riscv64" }, "linux/riscv64"],
  ["made_up/thing/x", { os: "made_up", architecture: "thing", variant: "x" }, "made_up/thing/x"],
  ["arm", { os: "linux", architecture: "arm" }, "linux/arm"],
  ["armel", { os: "linux", architecture: "arm", variant: "v6" }, "linux/arm/v6"],
  ["armhf", { os: "linux", architecture: "arm" }, "linux/arm"],
  ["Aarch64", { os: "linux", architecture: "arm64" }, "linux/arm64"],
  ["x86_64", { os: "linux", architecture: "amd64" }, "linux/amd64"],
  ["i386", { os: "linux", architecture: "386" }, "linux/386"],
  ["s390x", { os: "linux", architecture: "s390x" }, "linux/s390x"],
  ["linux", { os: "linux", architecture: "amd64" }, "linux/amd64"],
  ["macOS", { os: "darwin", architecture: "amd64" }, "darwin/amd64"],
  ["windows()", { os: "windows", architecture: "amd64" }, "windows/amd64"],
  [
    "windows(10.0.17763)/amd64",
    { os: "windows", architecture: "amd64", osVersion: "10.0.17763" },
    "windows(10.0.17763)/amd64",
  ],
  [
    "windows(10.0.17763+win32k)",
    { os: "windows", architecture: "amd64", osVersion: "10.0.17763", osFeatures: ["win32k"] },
    "windows(10.0.17763+win32k)/amd64",
  ],
  [
    "linux(+simd+gpu)/arm64",
    { os: "linux", architecture: "arm64", osFeatures: ["simd", "gpu"] },
    "linux(+gpu+simd)/arm64",
  ],
  [
    "windows(1%2B2%25)",
    { os: "windows", architecture: "amd64", osVersion: "1+2%" },
    "windows(1%2B2%25)/amd64",
  ],
];

for (const [specifier, platform, formatted] of rows) {
  test(`${specifier} is ${formatted}`, () => {
    assert.deepEqual(parsePlatform(specifier, host), platform);
    assert.equal(formatPlatformFully(platform), formatted);
    assert.deepEqual(normalizePlatform(parsePlatform(formatted, host)), normalizePlatform(platform));
  });
}

const invalid: readonly [string, string][] = [
  [
    "",
    '"" is an invalid OS component of "": OSAndVersion specifier component must match "^([A-Za-z0-9_-]+)(?:\\\\(([A-Za-z0-9_.%-]*)((?:\\\\+[A-Za-z0-9_.%-]+)*)\\\\))?$"',
  ],
  ["linux/*", '"linux/*": wildcards not yet supported'],
  ["nothing", '"nothing": unknown operating system or architecture'],
  [
    "linux/",
    '"" is an invalid component of "linux/": platform specifier component must match "^[A-Za-z0-9_.-]+$"',
  ],
  [
    "linux/&arm",
    '"&arm" is an invalid component of "linux/&arm": platform specifier component must match "^[A-Za-z0-9_.-]+$"',
  ],
  ["linux/arm/v7/x", '"linux/arm/v7/x": cannot parse platform specifier'],
];

for (const [specifier, text] of invalid) {
  test(`parsePlatform(${JSON.stringify(specifier)}) is InvalidArgument with containerd's text`, () => {
    assert.throws(
      () => parsePlatform(specifier, host),
      (err) => isInvalidArgument(err) && wireMessage(err) === `${text}: invalid argument`,
    );
  });
}

test("a version with a broken escape is InvalidArgument", () => {
  for (const specifier of ["windows(%zz)", "windows(1+%2)", "windows(%ff)"])
    assert.throws(() => parsePlatform(specifier, host), isInvalidArgument);
});

test("an os alone takes the variant of an arm host unless it is v7", () => {
  const arm = (variant: string): Platform => ({ os: "linux", architecture: "arm", variant });
  assert.deepEqual(parsePlatform("linux", arm("v6")), arm("v6"));
  assert.deepEqual(parsePlatform("linux", arm("v7")), { os: "linux", architecture: "arm" });
  const arm64: Platform = { os: "linux", architecture: "arm64", variant: "v8" };
  assert.deepEqual(parsePlatform("linux", arm64), { os: "linux", architecture: "arm64" });
});

test("formatPlatform() leaves version and features out", () => {
  assert.equal(
    formatPlatform({ os: "windows", architecture: "amd64", osVersion: "10", osFeatures: ["x"] }),
    "windows/amd64",
  );
  assert.equal(formatPlatform({ os: "", architecture: "amd64" }), "unknown");
  assert.equal(formatPlatformFully({ os: "", architecture: "" }), "unknown");
  assert.equal(formatPlatform({ os: "linux", architecture: "", variant: "" }), "linux");
  assert.equal(
    formatPlatformFully({ os: "linux", architecture: "arm", osFeatures: ["b", "", "a", "b"] }),
    "linux(+a+b)/arm",
  );
});

test("normalizePlatform() sorts features and drops what says nothing", () => {
  assert.deepEqual(
    normalizePlatform({
      os: "Linux",
      architecture: "AARCH64",
      variant: "8",
      osVersion: "",
      osFeatures: ["b", "a", "b"],
    }),
    { os: "linux", architecture: "arm64", osFeatures: ["a", "b"] },
  );
  assert.deepEqual(normalizePlatform({ os: "", architecture: "arm" }), {
    os: "",
    architecture: "arm",
    variant: "v7",
  });
});

test("the host is what Go would call it", () => {
  const { os, architecture } = hostPlatform();
  assert.equal(os, { win32: "windows" }[process.platform as string] ?? process.platform);
  if (process.arch === "x64") assert.deepEqual([architecture, hostPlatform().variant], ["amd64", undefined]);
  if (process.arch === "arm64") assert.deepEqual([architecture, hostPlatform().variant], ["arm64", "v8"]);
  assert.equal(hostPlatform(), hostPlatform());
});

const cpu = (architecture: string, model = "ARMv7 Processor rev 4"): string =>
  `processor\t: 0\nmodel name\t: ${model}\nCPU implementer\t: 0x41\nCPU architecture: ${architecture}\n`;

const cpus: readonly [string, string, boolean, string][] = [
  [cpu("8"), "aarch64", false, "v8"],
  [cpu("AArch64"), "aarch64", false, "v8"],
  [cpu("7"), "armv7l", true, "v7"],
  [cpu("7M"), "armv7l", true, "v7"],
  [cpu("?(12)"), "armv7l", true, "v7"],
  [cpu("7", "ARMv6-compatible processor rev 7"), "armv6l", true, "v6"],
  [cpu("6TEJ"), "armv6l", true, "v6"],
  [cpu("5TE"), "armv5tel", true, "v5"],
  [cpu("4T"), "armv4l", true, "v4"],
  [cpu("3"), "armv3", true, "v3"],
  [cpu("9"), "armv9", true, "unknown"],
  ["processor : 0\n", "aarch64", false, "v8"],
  ["", "armv7l", true, "v7"],
  ["", "x86_64", false, "unknown"],
];

for (const [cpuInfo, machine, is32Bit, variant] of cpus) {
  test(`an arm that says ${JSON.stringify(cpuInfo.slice(-24))} on ${machine} is ${variant}`, () => {
    assert.equal(armVariant({ cpuInfo, machine, is32Bit }), variant);
  });
}
