// `node push-images.js JSON`: makes the images and pushes them. A process of its own, so that the memory of making them
// does not slow down every fork of the one that measures.
import { buildBusyboxImage, pushImage } from "@davit/test-support";
import { layeredImage, type ImageSize } from "./layered-image.ts";
import type { PushedImage, PushedImages } from "./images.ts";

const { host, url, image } = JSON.parse(process.argv[2] ?? "") as {
  readonly host: string;
  readonly url: string;
  readonly image: ImageSize;
};
const registry = { host, url };

async function push(name: string, made: ReturnType<typeof layeredImage>): Promise<PushedImage> {
  const compressedBytes = made.layers.reduce((total, { size }) => total + size, 0);
  return { reference: await pushImage(registry, name, made), diffIds: made.diffIds, compressedBytes };
}

const pushed: PushedImages = {
  layered: await push("bench/layered:1", layeredImage(image)),
  busybox: await push("bench/busybox:1", buildBusyboxImage()),
};
process.stdout.write(JSON.stringify(pushed));
