import { normalizePlatform, type Platform } from "./platform.ts";
import { compatiblePlatforms } from "./preference.ts";
import { windowsVersionFits } from "./windows.ts";

/** Chooses among the platforms of an image. */
export interface PlatformMatcher {
  /** Whether a platform will do. */
  readonly match: (platform: Platform) => boolean;
  /** Orders platforms for `sort`, the preferred first; 0 when neither is preferred. */
  readonly compare: (a: Platform, b: Platform) => number;
}

/** What runs on `platform`, in the order of `compatiblePlatforms`: the usual choice. */
export const only = (platform: Platform): PlatformMatcher => ordered(...compatiblePlatforms(platform));

/** `platform` itself in whatever spelling, and nothing that it merely can run. */
export const onlyStrict = (platform: Platform): PlatformMatcher => ordered(platform);

/** Any of `platforms`, the first preferred. Of two that fit equally, the one with more os features is. */
export function ordered(...platforms: readonly Platform[]): PlatformMatcher {
  const fits = platforms.map(exactly);
  const rank = (platform: Platform): number => rankOf(fits.findIndex((fit) => fit(platform)));
  return { match: (platform) => rank(platform) !== Infinity, compare: comparison(rank) };
}

/** Any of `platforms`, none preferred but for more os features. */
export function any(...platforms: readonly Platform[]): PlatformMatcher {
  const fits = platforms.map(exactly);
  const match = (platform: Platform): boolean => fits.some((fit) => fit(platform));
  return { match, compare: comparison((platform) => rankOf(match(platform) ? 0 : -1)) };
}

/** Every platform, none preferred. */
export const all: PlatformMatcher = { match: () => true, compare: () => 0 };

const rankOf = (index: number): number => (index === -1 ? Infinity : index);

function comparison(rank: (platform: Platform) => number): PlatformMatcher["compare"] {
  return (a, b) => {
    const ranks = [rank(a), rank(b)];
    // What does not fit for its features alone comes before what does not fit at all.
    const [first = 0, second = 0] = ranks.every((each) => each === Infinity)
      ? [rank(withoutFeatures(a)), rank(withoutFeatures(b))]
      : ranks;
    if (first !== second) return first < second ? -1 : 1;
    return first === Infinity || ranks[0] === Infinity ? 0 : featureCount(b) - featureCount(a);
  };
}

const featureCount = ({ osFeatures = [] }: Platform): number => osFeatures.length;
const withoutFeatures = (platform: Platform): Platform => ({ ...platform, osFeatures: [] });

/** Equal os, architecture and variant after normalisation; the version on Windows; features a subset. */
function exactly(wanted: Platform): (platform: Platform) => boolean {
  const target = normalizePlatform(wanted);
  return (platform) => {
    const { os, architecture, variant, osVersion, osFeatures = [] } = normalizePlatform(platform);
    if (os !== target.os || architecture !== target.architecture || variant !== target.variant) return false;
    if (os === "windows" && !windowsVersionFits(target.osVersion, osVersion)) return false;
    // win32k was not regarded at first, and images differ in whether they name it.
    return osFeatures.every(
      (each) => target.osFeatures?.includes(each) === true || (os === "windows" && each === "win32k"),
    );
  };
}
