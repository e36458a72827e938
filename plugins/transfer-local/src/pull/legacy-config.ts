import type { ContentStore } from "@davit/content";
import { digestOf } from "@davit/digest";
import { isAlreadyExists } from "@davit/errdefs";
import {
  childGcLabels,
  childrenOf,
  isManifestType,
  MEDIA_TYPE_DOCKER_CONFIG,
  refKey,
  type Descriptor,
} from "@davit/oci";
import type { TransferCalls } from "../lease.ts";
import { readBlob } from "./read-blob.ts";

/** What old registries called the configuration of an image (distribution issue 1622). */
const LEGACY_CONFIG = "application/octet-stream";

/** A manifest's configuration under its right media type. */
export const withRightType = (config: Descriptor): Descriptor =>
  config.mediaType === LEGACY_CONFIG ? { ...config, mediaType: MEDIA_TYPE_DOCKER_CONFIG } : config;

/** Whether a child of a manifest is its configuration under the wrong media type. */
export const isLegacyConfig = ({ mediaType }: Descriptor): boolean => mediaType === LEGACY_CONFIG;

/**
 * Writes a manifest anew whose configuration has the wrong media type, which clients would not know for one (containerd
 * core/remotes/docker, ConvertManifest). Indexes stay as they are.
 */
export async function rewriteManifest(
  content: ContentStore,
  manifest: Descriptor,
  calls: TransferCalls,
): Promise<Descriptor> {
  if (!isManifestType(manifest.mediaType)) return manifest;
  const bytes = await readBlob(content, manifest, calls.leased);
  const document = JSON.parse(Buffer.from(bytes).toString()) as { config: object };
  const right = { ...document, config: { ...document.config, mediaType: MEDIA_TYPE_DOCKER_CONFIG } };
  const json = Buffer.from(JSON.stringify(right, undefined, 3));
  const rewritten = { ...manifest, digest: digestOf(json), size: json.length };
  const expected = { ...calls.leased, expected: rewritten.digest };
  try {
    const { mediaType } = rewritten;
    const options = { ...expected, total: BigInt(json.length), mediaType };
    await using writer = await content.writer(refKey(rewritten), options);
    await writer.truncate(0n);
    await writer.write(json);
    await writer.commit({ ...expected, labels: childGcLabels(childrenOf(rewritten, json)) });
  } catch (err) {
    if (!isAlreadyExists(err)) throw err;
  }
  return rewritten;
}
