import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { applyLayer } from "@davit/archive";
import type { ContentStore } from "@davit/content";
import type { Applier } from "@davit/diff";
import type { Mount } from "@davit/mount";
import { MEDIA_TYPE_IMAGE_LAYER, type Descriptor } from "@davit/oci";

/** Unpacks layers from a content store into the directory of a single mount. */
export class DirectoryDiffer implements Applier {
  readonly #content: ContentStore;
  readonly #directory: string;
  readonly mounts: (readonly Mount[])[] = [];
  /** Waited for before a layer is unpacked. */
  before: ((descriptor: Descriptor) => Promise<void>) | undefined;

  constructor(content: ContentStore, directory: string) {
    this.#content = content;
    this.#directory = directory;
  }

  async apply(
    descriptor: Descriptor,
    mounts: readonly Mount[],
    { signal, onProgress, ...call }: Parameters<Applier["apply"]>[2],
  ): Promise<Descriptor> {
    const path = join(this.#directory, `layer-${this.mounts.push(mounts)}`);
    await this.before?.(descriptor);
    await writeFile(path, this.#content.read(descriptor.digest, call));
    onProgress?.(BigInt(descriptor.size));
    const upper = mounts[0]?.options.find((option) => option.startsWith("upperdir="));
    const root = upper?.slice("upperdir=".length) ?? mounts[0]?.source ?? "";
    const request = { source: { path }, root, mode: "naive", sameOwner: false } as const;
    const { diffId, sizeBytes } = await applyLayer(request, { signal });
    return { mediaType: MEDIA_TYPE_IMAGE_LAYER, digest: diffId, size: Number(sizeBytes) };
  }
}
