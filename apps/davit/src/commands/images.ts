import type { Image } from "@davit/api/services/images";
import type { Client } from "@davit/client";
import { familiarDockerReference, normalizeDockerReference } from "@davit/reference";
import { everyOne } from "../every-one.ts";
import { withClient, type GlobalOptions } from "../context.ts";
import { formatBytes, isoOf } from "../human.ts";
import { summarizeImage, type ImageSummary } from "../image-summary.ts";
import { printList, type ListStyle } from "../list.ts";

interface ListedImage extends ImageSummary {
  readonly image: Image;
}

const style: ListStyle<ListedImage> = {
  columns: [
    { header: "IMAGE", value: ({ image }) => familiarDockerReference(image.name) },
    { header: "DIGEST", value: ({ image }) => shortDigest(image.target?.digest ?? "") },
    {
      header: "SIZE",
      value: ({ sizeBytes }) => (sizeBytes === undefined ? "" : formatBytes(sizeBytes)),
      align: "right",
    },
    { header: "PLATFORMS", value: ({ platforms }) => platforms.join(",") },
    { header: "UNPACKED", value: ({ unpacked }) => (unpacked ? "yes" : "no") },
  ],
  name: ({ image }) => image.name,
  json: ({ image, sizeBytes, platforms, unpacked }) => ({
    name: image.name,
    mediaType: image.target?.mediaType,
    digest: image.target?.digest,
    sizeBytes,
    platforms,
    unpacked,
    labels: image.labels,
    createdAt: isoOf(image.createdAt),
    updatedAt: isoOf(image.updatedAt),
  }),
};

/** `davit images` */
export const images = (
  filters: readonly string[],
  options: GlobalOptions & { readonly snapshotter?: string },
): Promise<void> =>
  withClient(options, async (client, signal) => {
    const found = await client.images({ filters, signal });
    const listed = found.map(async (image) => ({
      image,
      ...(await summary(client, image, options, signal)),
    }));
    printList(options, await Promise.all(listed), style);
  });

/** Names alone need no look at the content. */
async function summary(
  client: Client,
  image: Image,
  { quiet, snapshotter }: GlobalOptions & { readonly snapshotter?: string },
  signal: AbortSignal,
): Promise<ImageSummary> {
  if (quiet) return { sizeBytes: undefined, platforms: [], unpacked: false };
  return await summarizeImage(client, image, snapshotter, signal);
}

/** `davit rmi` */
export const removeImages = (
  names: readonly string[],
  options: GlobalOptions & { readonly sync?: boolean },
): Promise<void> =>
  withClient(options, (client, signal) => {
    const references = names.map(normalizeDockerReference);
    // One collection for all of them.
    const sync = (reference: string): boolean => (options.sync ?? false) && reference === references.at(-1);
    return everyOne(references, (reference) =>
      client.removeImage(reference, { sync: sync(reference), signal }),
    );
  });

/** Enough of a digest to tell images apart. */
const shortDigest = (digest: string): string => digest.replace(/^(\w+:\w{12})\w*$/, "$1");
