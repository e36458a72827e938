import { makePlatform, normalizePlatform, type Platform } from "./platform.ts";

/** The oldest 32-bit arm that is still run. */
const OLDEST_ARM = 5;

/**
 * What runs on a platform, best first: amd64/vN runs v(N−1) … v1 and 386; arm/vN down to v5; arm64 its lower variants
 * (v9.y is v8.(y+5) and more) and 32-bit arm from v8 down. Everything else runs itself.
 */
export function compatiblePlatforms(platform: Platform): Platform[] {
  const host = normalizePlatform(platform);
  const variants = (architecture: string, names: readonly string[]): Platform[] =>
    names.map((variant) => normalizePlatform(makePlatform(host.os, architecture, variant, host)));
  const variant = host.variant ?? "";
  switch (host.architecture) {
    case "amd64":
      return [host, ...variants("amd64", below(variant, 1)), ...variants("386", [""])];
    case "arm":
      return [host, ...variants("arm", below(variant, OLDEST_ARM))];
    case "arm64":
      return [
        host,
        ...variants("arm64", belowArm64(variant)),
        ...variants("arm", ["v8", ...below("v8", OLDEST_ARM)]),
      ];
    default:
      return [host];
  }
}

/** `v3` gives `v2`, `v1` down to `v<least>`. */
function below(variant: string, least: number): string[] {
  const version = /^v?(\d{1,2})$/.exec(variant)?.[1];
  return version === undefined ? [] : countDown(Number(version) - 1, least).map((each) => `v${each}`);
}

function belowArm64(variant: string): string[] {
  const found = /^v([89])(?:\.(\d))?$/.exec(variant);
  if (found === null) return [];
  const [major, minor] = [Number(found[1]), Number(found[2] ?? 0)];
  const lower = countDown(minor - 1, 0).map((each) => `v${major}.${each}`);
  return major === 8
    ? lower
    : [...lower, ...countDown(Math.min(minor + 5, 9), 0).map((each) => `v8.${each}`)];
}

const countDown = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(from - to + 1, 0) }, (_, i) => from - i);
