import type { Image } from "@davit/api/services/images";
import type { Descriptor as ProtoDescriptor } from "@davit/api/types";
import { chainId, parseDigest, type Digest } from "@davit/digest";
import { InvalidArgumentError, NotFoundError, quote } from "@davit/errdefs";
import {
  isConfigType,
  isIndexType,
  isManifestType,
  manifestFor,
  parseImageConfig,
  parseIndex,
  parseManifest,
  type Descriptor,
  type ImageConfig,
  type Manifest,
} from "@davit/oci";
import { only } from "@davit/platforms";
import { readBlob } from "./blob.ts";
import { wantedPlatform, type PlatformLike } from "./platform.ts";
import type { Abortable, Session } from "./session.ts";

/** An image as one platform sees it. */
export interface ResolvedImage {
  readonly manifestDescriptor: Descriptor;
  readonly manifest: Manifest;
  readonly config: ImageConfig;
  /** Name of the snapshot of the topmost layer; "" for an image without layers. */
  readonly chainId: Digest | "";
}

/** The record of an image. @throws NotFoundError `image "x": not found`. */
export async function getImage(
  { services }: Session,
  name: string,
  { signal }: Abortable = {},
): Promise<Image> {
  const { image } = await services.images.get({ name }, { signal });
  if (image === undefined) throw new NotFoundError(`image ${quote(name)}`);
  return image;
}

/**
 * Reads from an image's name to its configuration, by the index where there is one.
 * @param options `platform` chooses in an index; default this machine's.
 * @throws NotFoundError for content that was not pulled, or a platform that the index lacks.
 */
export async function resolveImage(
  session: Session,
  image: Image,
  { platform, signal }: Abortable & { readonly platform?: PlatformLike | undefined } = {},
): Promise<ResolvedImage> {
  const manifestDescriptor = await manifestOf(session, targetOf(image), wantedPlatform(platform), signal);
  const manifest = parseManifest(
    await readBlob(session, manifestDescriptor.digest, { signal }),
    manifestDescriptor.mediaType,
  );
  if (!isConfigType(manifest.config.mediaType))
    throw new InvalidArgumentError(`${image.name} is no image: its config is a ${manifest.config.mediaType}`);
  const config = parseImageConfig(await readBlob(session, manifest.config.digest, { signal }));
  return { manifestDescriptor, manifest, config, chainId: chainId(config.rootfs.diff_ids) };
}

async function manifestOf(
  session: Session,
  target: Descriptor,
  platform: ReturnType<typeof wantedPlatform>,
  signal: AbortSignal | undefined,
): Promise<Descriptor> {
  let found = target;
  // An index in an index is allowed; four deep is nobody's.
  for (let depth = 0; isIndexType(found.mediaType) && depth < 4; depth++) {
    const { manifests } = parseIndex(await readBlob(session, found.digest, { signal }), found.mediaType);
    found = manifestFor(manifests, only(platform));
  }
  if (!isManifestType(found.mediaType))
    throw new InvalidArgumentError(`${found.digest} is no manifest: ${found.mediaType}`);
  return found;
}

/** The descriptor that an image names. */
export const targetOf = ({ name, target }: Image): Descriptor => {
  if (target === undefined) throw new InvalidArgumentError(`image ${quote(name)} has no target`);
  return descriptorFromProto(target);
};

/** A descriptor of the wire as OCI's. */
export const descriptorFromProto = ({
  mediaType,
  digest,
  size,
  annotations,
}: ProtoDescriptor): Descriptor => ({
  mediaType,
  digest: parseDigest(digest),
  size: Number(size),
  annotations,
});
