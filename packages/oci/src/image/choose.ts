import { NotFoundError } from "@davit/errdefs";
import type { Platform, PlatformMatcher } from "@davit/platforms";
import type { Descriptor, OciPlatform } from "./descriptor.ts";

/** Which platforms are wanted, and which rather. Without `compare` the order of the index stands. */
export type PlatformChoice = Pick<PlatformMatcher, "match"> & Partial<Pick<PlatformMatcher, "compare">>;

/** The platform in a descriptor under the names that programs use. */
export const platformOf = (platform: OciPlatform): Platform => ({
  os: platform.os,
  architecture: platform.architecture,
  ...(platform.variant !== undefined && { variant: platform.variant }),
  ...(platform["os.version"] !== undefined && { osVersion: platform["os.version"] }),
  ...(platform["os.features"] !== undefined && { osFeatures: platform["os.features"] }),
});

/**
 * The manifests of an index that match, the preferred ones first. A descriptor without platform always matches, and
 * comes last. With `limit` no more than that many.
 * @throws NotFoundError `no match for platform in manifest`, with a limit only: without one, none is an answer.
 */
export function manifestsFor(
  manifests: readonly Descriptor[],
  choice: PlatformChoice,
  limit?: number,
): readonly Descriptor[] {
  const matching = manifests
    .map((manifest) => ({ manifest, platform: manifest.platform && platformOf(manifest.platform) }))
    .filter(({ platform }) => platform === undefined || choice.match(platform))
    .sort((a, b) => compare(a.platform, b.platform, choice))
    .map(({ manifest }) => manifest);
  if (limit === undefined || limit <= 0) return matching;
  if (matching.length === 0) throw new NotFoundError("no match for platform in manifest");
  return matching.slice(0, limit);
}

/** The manifest that suits best. @throws NotFoundError `no match for platform in manifest`. */
export function manifestFor(manifests: readonly Descriptor[], choice: PlatformChoice): Descriptor {
  return manifestsFor(manifests, choice, 1)[0] as Descriptor;
}

function compare(a: Platform | undefined, b: Platform | undefined, choice: PlatformChoice): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return choice.compare?.(a, b) ?? 0;
}
