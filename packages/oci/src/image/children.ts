import type { Descriptor } from "./descriptor.ts";
import { parseIndex, parseManifest } from "./manifest.ts";
import { isIndexType, isManifestType } from "./media-types.ts";

/**
 * What a blob refers to: the config and layers of a manifest, the manifests of an index, nothing for all else.
 * `json` is not looked at unless `descriptor` is a manifest or an index.
 * @throws InvalidArgumentError when the document is not what the descriptor's media type says.
 */
export function childrenOf(
  descriptor: Pick<Descriptor, "mediaType">,
  json: Uint8Array | string,
): readonly Descriptor[] {
  const { mediaType } = descriptor;
  if (isIndexType(mediaType)) return parseIndex(json, mediaType).manifests;
  if (!isManifestType(mediaType)) return [];
  const { config, layers } = parseManifest(json, mediaType);
  return [config, ...layers];
}

/** Whether a blob is JSON that `childrenOf` reads. */
export const hasChildren = (descriptor: Pick<Descriptor, "mediaType">): boolean =>
  isIndexType(descriptor.mediaType) || isManifestType(descriptor.mediaType);
