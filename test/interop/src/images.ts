import { createHash } from "node:crypto";
import { buildBusyboxImage, makeImage, pushImage, type Registry } from "@davit/test-support";
import type { Context } from "./steps/context.ts";

const PLATFORMS = ["linux/amd64", "linux/arm64"];
const FRESH = 4;
/** For commands of containers that are created: there ctr 1.6 takes `-c` for a flag of its own. */
const SCRIPTS = [{ name: "exit-9", content: "echo out; exit 9\n" }];

/** Puts the images of all steps into a registry. */
export async function pushImages(registry: Registry): Promise<Omit<Context, "generation">> {
  const busybox = buildBusyboxImage({ platforms: PLATFORMS, layers: [SCRIPTS] });
  const image = await pushImage(registry, "busybox:1", busybox);
  const fresh: string[] = [];
  for (let i = 0; i < FRESH; i++)
    fresh.push(
      await pushImage(
        registry,
        `fresh-${i}:1`,
        makeImage({
          platforms: PLATFORMS,
          layers: [
            [{ name: "number", content: `${i}\n` }],
            [{ name: "big", content: `${i}`.repeat(1_000_000) }],
          ],
        }),
      ),
    );
  const [manifest] = busybox.manifests;
  if (manifest === undefined) throw new Error("the image has no manifest");
  return { image, fresh, parts: { index: busybox.target, manifest, chainId: chainIdOf(busybox.diffIds) } };
}

/** The name of the snapshot that holds layers, bottom first (OCI image-spec v1.1 config.md). */
const chainIdOf = (diffIds: readonly string[]): string =>
  diffIds.reduce(
    (below, diffId) => `sha256:${createHash("sha256").update(`${below} ${diffId}`).digest("hex")}`,
  );
