import { NotFoundError } from "@davit/errdefs";
import type { Descriptor, OciPlatform } from "./descriptor.ts";

/** A platform under the names that programs use; `@davit/platforms` parses, normalises and compares them. */
export interface PlatformNames {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string | undefined;
  readonly osVersion?: string | undefined;
  readonly osFeatures?: readonly string[] | undefined;
}

/** Which platforms are wanted, and which of two rather. The matchers of `@davit/platforms` are such. */
export interface PlatformChoice {
  match(platform: PlatformNames): boolean;
  /** Whether `a` is preferred to `b`. Without it the order of the index stands. */
  less?(a: PlatformNames, b: PlatformNames): boolean;
}

/** The platform of a descriptor under the names that programs use. */
export const platformNames = (platform: OciPlatform): PlatformNames => ({
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
    .map((manifest) => ({ manifest, names: manifest.platform && platformNames(manifest.platform) }))
    .filter(({ names }) => names === undefined || choice.match(names))
    .sort((a, b) => compare(a.names, b.names, choice))
    .map(({ manifest }) => manifest);
  if (limit === undefined || limit <= 0) return matching;
  if (matching.length === 0) throw new NotFoundError("no match for platform in manifest");
  return matching.slice(0, limit);
}

/** The manifest that suits best. @throws NotFoundError `no match for platform in manifest`. */
export function manifestFor(manifests: readonly Descriptor[], choice: PlatformChoice): Descriptor {
  return manifestsFor(manifests, choice, 1)[0] as Descriptor;
}

function compare(a: PlatformNames | undefined, b: PlatformNames | undefined, choice: PlatformChoice): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  if (choice.less?.(a, b)) return -1;
  return choice.less?.(b, a) ? 1 : 0;
}
