import { chainIds } from "@davit/digest";
import { LABEL_UNCOMPRESSED, gcRefSnapshot } from "@davit/labels";
import { parseImageConfig, platformOf, type Descriptor, type ImageConfig } from "@davit/oci";
import { formatPlatform, normalizePlatform } from "@davit/platforms";
import type { TransferContext } from "../context.ts";
import type { TransferCalls } from "../lease.ts";
import type { ProgressTracker } from "../progress-tracker.ts";
import { labelBlob } from "../pull/labels.ts";
import { readBlob } from "../pull/read-blob.ts";
import type { TaskGroup } from "../sync/task-group.ts";
import { Extraction, type ExtractionOptions, type Layer } from "./extraction.ts";
import type { UnpackTarget } from "./targets.ts";

/** Brings the blob of a layer into the content store. */
export type FetchLayer = (layer: Descriptor) => Promise<void>;

/** What an unpacker works with. */
export interface UnpackerOptions {
  readonly context: TransferContext;
  readonly targets: readonly UnpackTarget[];
  readonly calls: TransferCalls;
  readonly group: TaskGroup;
  readonly progress: ProgressTracker;
}

/** Unpacks the images of one pull (containerd core/unpack; reference 03 §6). */
export class Unpacker {
  readonly #options: UnpackerOptions;

  constructor(options: UnpackerOptions) {
    this.#options = options;
  }

  /** Whether a layer is to be left to {@link Unpacker.unpack}. */
  takes(config: Descriptor, layer: Descriptor): boolean {
    return this.#options.targets.some(
      ({ acceptsConfig, acceptsLayer }) => acceptsConfig(config.mediaType) && acceptsLayer(layer.mediaType),
    );
  }

  /**
   * Fetches the layers of an image that are not unpacked yet, and unpacks them, bottom first. An image of a platform that
   * nobody wants unpacked is only fetched. `config` has been.
   */
  async unpack(config: Descriptor, layers: readonly Descriptor[], fetch: FetchLayer): Promise<void> {
    const { context, calls, targets } = this.#options;
    const { content } = context.metadata;
    const image = parseImageConfig(await readBlob(content, config, calls.leased));
    const diffIds = image.rootfs.diff_ids;
    if (layers.length !== diffIds.length)
      throw new Error(`number of layers and diffIDs don't match: ${layers.length} != ${diffIds.length}`);
    const target = targets.find((each) => suits(each, image, config, layers));
    const fetches = new LayerFetches(layers, fetch, this.#options.group);
    if (target === undefined) {
      const platform = formatPlatform(normalizePlatform(platformOf(image)));
      context.log.debug(
        { config: config.digest, platform },
        "nothing to unpack this platform to, only fetching layers",
      );
      return await fetches.all();
    }
    const stack = stackOf(layers, image);
    await this.#unpackOnto(target, stack, fetches);
    const top = stack.at(-1)?.chainId;
    const label = gcRefSnapshot(target.snapshotterId);
    if (top !== undefined) await labelBlob(content, config.digest, () => ({ [label]: top }), calls.leased);
  }

  async #unpackOnto(target: UnpackTarget, stack: readonly Layer[], fetches: LayerFetches): Promise<void> {
    const { context, calls, group } = this.#options;
    const { chains, unpacks, log } = context;
    const rebase = unpacks !== undefined && target.canRebase;
    const options = { target, rebase, log, call: calls.leased };
    let below: Promise<void> = Promise.resolve();
    for (const layer of stack) {
      const beneath = below;
      const lock = await chains.acquire(`sn://${target.snapshotterId}/${layer.chainId}`, group.signal);
      below = group.go(async () => {
        using _ = lock;
        const extraction = await this.#begin(layer, options, fetches);
        await (extraction === undefined ? beneath : this.#finish(extraction, layer, fetches, beneath));
      });
      if (!rebase) await below;
    }
    await below;
  }

  /** The first layer that is missing has this and all above it fetched. */
  async #begin(
    layer: Layer,
    options: ExtractionOptions,
    fetches: LayerFetches,
  ): Promise<Extraction | undefined> {
    const extraction = await Extraction.prepare(layer, options);
    if (extraction !== undefined && !extraction.isStaged) fetches.startFrom(layer.index);
    return extraction;
  }

  async #finish(
    extraction: Extraction,
    layer: Layer,
    fetches: LayerFetches,
    beneath: Promise<void>,
  ): Promise<void> {
    try {
      if (!extraction.isStaged) await this.#apply(extraction, layer, fetches);
      await beneath;
      this.#options.group.signal.throwIfAborted();
      await extraction.commit();
    } catch (err) {
      await extraction.remove();
      throw err;
    }
    if (!extraction.isStaged) await this.#labelUncompressed(layer);
  }

  async #apply(extraction: Extraction, { descriptor, index }: Layer, fetches: LayerFetches): Promise<void> {
    const { context, group, progress } = this.#options;
    await fetches.of(index);
    using _place = await context.unpacks?.acquire(group.signal);
    const job = progress.add(descriptor);
    await extraction.apply((bytes) => job.extracting(bytes));
    job.extracted();
  }

  async #labelUncompressed({ descriptor, diffId }: Layer): Promise<void> {
    const { context, calls } = this.#options;
    const labels = { [LABEL_UNCOMPRESSED]: diffId };
    await labelBlob(context.metadata.content, descriptor.digest, () => labels, calls.leased);
  }
}

function suits(
  { platform, acceptsConfig, acceptsLayer }: UnpackTarget,
  image: ImageConfig,
  config: Descriptor,
  layers: readonly Descriptor[],
): boolean {
  return (
    acceptsConfig(config.mediaType) &&
    layers.every(({ mediaType }) => acceptsLayer(mediaType)) &&
    platform.match(normalizePlatform(platformOf(image)))
  );
}

function stackOf(layers: readonly Descriptor[], { rootfs }: ImageConfig): Layer[] {
  const chain = chainIds(rootfs.diff_ids);
  return layers.flatMap((descriptor, index) => {
    const [diffId, chainId] = [rootfs.diff_ids[index], chain[index]];
    if (diffId === undefined || chainId === undefined) return [];
    return { descriptor, index, diffId, chainId, parent: chain[index - 1] ?? "" };
  });
}

/** The layers of an image on their way. */
class LayerFetches {
  readonly #layers: readonly Descriptor[];
  readonly #fetch: FetchLayer;
  readonly #group: TaskGroup;
  readonly #started = new Map<number, Promise<void>>();

  constructor(layers: readonly Descriptor[], fetch: FetchLayer, group: TaskGroup) {
    this.#layers = layers;
    this.#fetch = fetch;
    this.#group = group;
  }

  /** Starts the layer of that index and all above it, those that are not. */
  startFrom(first: number): void {
    for (const [index, layer] of this.#layers.entries())
      if (index >= first && !this.#started.has(index))
        this.#started.set(
          index,
          this.#group.go(() => this.#fetch(layer)),
        );
  }

  /** Waits for a layer. */
  async of(index: number): Promise<void> {
    await this.#started.get(index);
  }

  async all(): Promise<void> {
    this.startFrom(0);
    await Promise.all(this.#started.values());
  }
}
