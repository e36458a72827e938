import { isAlreadyExists, isNotFound, NotFoundError } from "@davit/errdefs";
import type { Image, ImageStore, NewImage } from "@davit/images";
import { LABEL_GC_BREF_IMAGE, LABEL_GC_EXPIRE } from "@davit/labels";
import type { CallOptions } from "@davit/namespaces";
import type { Descriptor } from "@davit/oci";
import { formatRfc3339, now } from "@davit/time";
import type { ImageStoreEnd } from "@davit/transfer";

/**
 * Gives `target` the names that the destination asks for, whatever they meant before.
 * @throws NotFoundError when it asks for none.
 */
export async function storeImages(
  images: ImageStore,
  destination: ImageStoreEnd,
  target: Descriptor,
  call: CallOptions,
): Promise<Image[]> {
  const wanted = imagesFor(destination, target);
  if (wanted.length === 0) throw new NotFoundError("no image name found");
  const stored: Image[] = [];
  for (const image of wanted) stored.push(await createOrUpdate(images, image, call));
  return stored;
}

/** The images that are to be, the one of the name itself first. Others live as long as that one (reference 06 §11). */
export function imagesFor(destination: ImageStoreEnd, target: Descriptor): NewImage[] {
  const { name, labels = {}, extraReferences = [] } = destination;
  const dependent = name === "" ? labels : { ...labels, ...dependence(name) };
  const extras = extraReferences
    .filter(({ isPrefix = false, addDigest = false }) => !isPrefix || addDigest)
    .map(({ name, addDigest = false }) => (addDigest ? `${name}@${target.digest}` : name))
    .map((name) => ({ name, target, labels: dependent }));
  return name === "" ? extras : [{ name, target, labels }, ...extras];
}

/** Expired from the start, and so kept by the image it refers to alone. */
function dependence(name: string): Record<string, string> {
  const instant = now();
  const seconds = instant - (instant % 1_000_000_000n);
  return { [LABEL_GC_BREF_IMAGE]: name, [LABEL_GC_EXPIRE]: formatRfc3339(seconds) };
}

async function createOrUpdate(images: ImageStore, image: NewImage, call: CallOptions): Promise<Image> {
  for (;;) {
    try {
      return await images.create(image, call);
    } catch (err) {
      if (!isAlreadyExists(err)) throw err;
    }
    try {
      return await images.update(image, call);
    } catch (err) {
      // Removed since: then it can be created.
      if (!isNotFound(err)) throw err;
    }
  }
}
