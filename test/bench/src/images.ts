import { join } from "node:path";
import { runQuickly, startRegistry } from "@davit/test-support";
import type { ImageSize } from "./layered-image.ts";

/** An image in the registry. */
export interface PushedImage {
  /** To pull it. */
  readonly reference: string;
  /** Of its layers, bottom first. */
  readonly diffIds: readonly string[];
  readonly compressedBytes: number;
}

/** The images of a run. */
export interface PushedImages {
  /** The large one, see `layeredImage`. */
  readonly layered: PushedImage;
  /** One with `true` in it. */
  readonly busybox: PushedImage;
}

const TIMEOUT_MS = 600_000;

/** Starts a registry with the images in it. Disposing ends it. */
export async function serveImages(image: ImageSize): Promise<PushedImages & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const { host, url } = stack.use(await startRegistry());
  const program = join(import.meta.dirname, "push-images.js");
  const args = [program, JSON.stringify({ host, url, image })];
  const { code, stdout, stderr } = await runQuickly(process.execPath, args, { timeoutMs: TIMEOUT_MS });
  if (code !== 0) throw new Error(`the images cannot be made: ${stderr}`);
  const started = stack.move();
  return { ...(JSON.parse(stdout) as PushedImages), [Symbol.asyncDispose]: () => started.disposeAsync() };
}
