import type { Descriptor } from "./descriptor.ts";
import { isAttestationType, isIndexType, isKnownConfig, isLayerType, isManifestType } from "./media-types.ts";

/**
 * The ref under which a blob is ingested, such as `layer-sha256:…`: clients that fetch the same blob at the same time
 * meet there, and people read it in `ctr content active` (containerd core/remotes, MakeRefKey).
 */
export const refKey = ({ mediaType, digest }: Pick<Descriptor, "mediaType" | "digest">): string =>
  `${kindOf(mediaType)}-${digest}`;

function kindOf(mediaType: string): string {
  if (isManifestType(mediaType)) return "manifest";
  if (isIndexType(mediaType)) return "index";
  if (isLayerType(mediaType)) return "layer";
  if (isKnownConfig(mediaType)) return "config";
  return isAttestationType(mediaType) ? "attestation" : "unknown";
}
