import { childGcLabels, childrenOf, hasChildren, isManifestType, refKey, type Descriptor } from "@davit/oci";
import type { Registry } from "@davit/remotes";
import type { TransferContext } from "../context.ts";
import type { TransferCalls } from "../lease.ts";
import type { ProgressTracker } from "../progress-tracker.ts";
import type { TaskGroup } from "../sync/task-group.ts";
import type { Unpacker } from "../unpack/unpacker.ts";
import { labelBlob, SourceLabel } from "./labels.ts";
import { isLegacyConfig, withRightType } from "./legacy-config.ts";
import { checkManifestSize, readBlob } from "./read-blob.ts";
import type { Selection } from "./selection.ts";

/** What an image is fetched with. */
export interface ImageTreeOptions {
  readonly context: TransferContext;
  readonly registry: Registry;
  readonly reference: string;
  readonly calls: TransferCalls;
  readonly group: TaskGroup;
  readonly selection: Selection;
  readonly progress: ProgressTracker;
  /** Has the layers of what it takes, and fetches them itself. */
  readonly unpacker: Unpacker | undefined;
}

/** An image on its way into the content store: an index, its manifests, their configurations and layers, side by side. */
export class ImageTree {
  readonly #options: ImageTreeOptions;
  readonly #source: SourceLabel;
  /** A hostile index names the same children many times over. */
  readonly #visits = new Map<string, Promise<void>>();
  #hasLegacyConfig = false;

  constructor(options: ImageTreeOptions) {
    this.#options = options;
    this.#source = new SourceLabel(options.reference, options.context.log);
  }

  /** Whether some manifest calls its configuration by the wrong media type. */
  get hasLegacyConfig(): boolean {
    return this.#hasLegacyConfig;
  }

  /** Fetches a blob and what is wanted of all that it refers to, once. */
  visit(descriptor: Descriptor): Promise<void> {
    const key = `${refKey(descriptor)} ${this.#options.selection.isFull(descriptor)}`;
    let visit = this.#visits.get(key);
    if (visit === undefined) {
      visit = this.#options.group.go(() => this.#visit(descriptor));
      this.#visits.set(key, visit);
    }
    return visit;
  }

  async #visit(descriptor: Descriptor): Promise<void> {
    checkManifestSize(descriptor);
    await this.#fetch(descriptor);
    if (!hasChildren(descriptor)) return;
    const { calls, context, progress, selection } = this.#options;
    const { content } = context.metadata;
    const children = parseChildren(descriptor, await readBlob(content, descriptor, calls.leased));
    // All of them: what is fetched later is kept then, too.
    await labelBlob(content, descriptor.digest, () => childGcLabels(children), calls.leased);
    progress.addChildren(descriptor, children);
    const wanted = selection.of(descriptor, children);
    await (isManifestType(descriptor.mediaType)
      ? this.#visitManifest(children[0] as Descriptor, wanted)
      : this.#visitAll(wanted));
  }

  async #visitManifest(config: Descriptor, wanted: readonly Descriptor[]): Promise<void> {
    this.#hasLegacyConfig ||= isLegacyConfig(config);
    const { unpacker } = this.#options;
    const known = withRightType(config);
    const layers = wanted.filter((child) => child !== config && unpacker?.takes(known, child) === true);
    const others = wanted.filter((child) => !layers.includes(child));
    // Side by side, and none of them alone: whichever fails first, the failures of the others are the group's.
    await Promise.all([this.#visitAll(others), this.#unpack(config, layers)]);
  }

  async #unpack(config: Descriptor, layers: readonly Descriptor[]): Promise<void> {
    if (layers.length === 0) return;
    await this.visit(config);
    await this.#options.unpacker?.unpack(withRightType(config), layers, (layer) => this.visit(layer));
  }

  async #visitAll(descriptors: readonly Descriptor[]): Promise<void> {
    await Promise.all(descriptors.map((each) => this.visit(each)));
  }

  async #fetch(descriptor: Descriptor): Promise<void> {
    const { calls, context, progress, reference, registry } = this.#options;
    calls.leased.signal?.throwIfAborted();
    const job = progress.add(descriptor);
    const origin = { registry, reference, labels: this.#source.addedTo({}) };
    const outcome = await context.blobs.fetch(descriptor, origin, calls, (bytes) => job.downloading(bytes));
    if (outcome === "fetched") return job.complete();
    await labelBlob(
      context.metadata.content,
      descriptor.digest,
      (present) => this.#source.addedTo(present),
      calls.leased,
    );
    job.exists();
  }
}

function parseChildren(descriptor: Descriptor, json: Uint8Array): readonly Descriptor[] {
  try {
    return childrenOf(descriptor, json);
  } catch (cause) {
    throw new Error(`children: invalid desc ${descriptor.digest}`, { cause });
  }
}
