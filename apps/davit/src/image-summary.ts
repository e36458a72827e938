import type { Image } from "@davit/api/services/images";
import { defaultSnapshotter, isUnpacked, readBlob, targetOf, type Client } from "@davit/client";
import { isNotFound } from "@davit/errdefs";
import { isIndexType, parseIndex, platformOf } from "@davit/oci";
import { formatPlatform } from "@davit/platforms";

/** What a list says of an image beside its record. */
export interface ImageSummary {
  /** Manifest, configuration and layers for this machine; undefined where that was not pulled. */
  readonly sizeBytes: number | undefined;
  /** Sorted; of an index all it names. */
  readonly platforms: readonly string[];
  readonly unpacked: boolean;
}

/** Reads the manifests of an image. What was not pulled for this machine is no error. */
export async function summarizeImage(
  client: Client,
  image: Image,
  snapshotter: string | undefined,
  signal: AbortSignal,
): Promise<ImageSummary> {
  try {
    const resolved = await client.resolve(image, { signal });
    const { manifest, manifestDescriptor, config } = resolved;
    const parts = [manifestDescriptor, manifest.config, ...manifest.layers];
    const listed = await indexPlatforms(client, image, signal);
    return {
      sizeBytes: parts.reduce((total, { size }) => total + size, 0),
      platforms: listed ?? [formatPlatform(platformOf(config))],
      unpacked: await isUnpacked(client, resolved, snapshotter ?? (await defaultSnapshotter(client)), {
        signal,
      }),
    };
  } catch (err) {
    if (!isNotFound(err)) throw err;
    const platforms = await indexPlatforms(client, image, signal).catch(() => undefined);
    return { sizeBytes: undefined, platforms: platforms ?? [], unpacked: false };
  }
}

/** The platforms an index names; undefined for a manifest. */
async function indexPlatforms(
  client: Client,
  image: Image,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const target = targetOf(image);
  if (!isIndexType(target.mediaType)) return undefined;
  const { manifests } = parseIndex(await readBlob(client, target.digest, { signal }), target.mediaType);
  const names = manifests.flatMap(({ platform }) =>
    platform === undefined || platform.os === "unknown" ? [] : [formatPlatform(platformOf(platform))],
  );
  return [...new Set(names)].toSorted();
}
