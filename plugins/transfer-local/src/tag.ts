import type { ImageStoreEnd } from "@davit/transfer";
import type { TransferContext, TransferCallOptions } from "./context.ts";
import { storeImages } from "./store-images.ts";

/** Gives an image further names. Says nothing of its progress, as in containerd. @throws NotFoundError `image "x"`. */
export async function tag(
  { metadata: { images } }: TransferContext,
  source: ImageStoreEnd,
  destination: ImageStoreEnd,
  { namespace, lease, signal, trace }: TransferCallOptions,
): Promise<void> {
  const call = { namespace, lease, signal, trace };
  const { target } = await images.get(source.name, call);
  await storeImages(images, destination, target, call);
}
