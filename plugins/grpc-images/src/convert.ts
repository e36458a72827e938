import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Image as ImageMessage, ImageSchema } from "@davit/api/services/images";
import type { Digest } from "@davit/digest";
import { InvalidArgumentError } from "@davit/errdefs";
import type { Image, NewImage } from "@davit/images";
import { toTimestamp } from "@davit/time";

export function imageToProto(image: Image): MessageInitShape<typeof ImageSchema> {
  const { mediaType, digest, size, annotations = {} } = image.target;
  return {
    name: image.name,
    labels: { ...image.labels },
    target: { mediaType, digest, size: BigInt(size), annotations: { ...annotations } },
    createdAt: toTimestamp(image.createdAt),
    updatedAt: toTimestamp(image.updatedAt),
  };
}

/**
 * The image of a request; the store checks its digest.
 * @throws InvalidArgumentError without a name, in containerd's words, and without a message, which ends containerd.
 */
export function imageFromProto(image: ImageMessage | undefined): NewImage {
  if (image === undefined) throw new InvalidArgumentError("image must be set");
  const { name, labels, target } = image;
  if (name === "") throw new InvalidArgumentError("Image.Name required", { bare: true });
  if (target === undefined) throw new InvalidArgumentError("image.target must be set");
  const { mediaType, digest, size, annotations } = target;
  return { name, labels, target: { mediaType, digest: digest as Digest, size: Number(size), annotations } };
}
