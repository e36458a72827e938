import { randomBytes } from "node:crypto";
import type { Digest } from "@davit/digest";
import { isAlreadyExists, isNotFound, quote, wireMessage } from "@davit/errdefs";
import { isReadOnly, type Mount } from "@davit/mount";
import type { CallOptions } from "@davit/namespaces";
import type { Descriptor } from "@davit/oci";
import type { Logger } from "@davit/plugin";
import { isInheritedLabel, SNAPSHOT_LABELS } from "@davit/snapshots";
import { now, split } from "@davit/time";
import type { UnpackTarget } from "./targets.ts";

/** How often a key is made up. */
const TRIES = 3;

/** A layer of an image, and what it is to become. */
export interface Layer {
  readonly descriptor: Descriptor;
  /** Place above the bottom. */
  readonly index: number;
  readonly diffId: Digest;
  readonly chainId: Digest;
  /** Chain ID of the layer beneath; "" for the bottom one. */
  readonly parent: Digest | "";
}

/** How a layer is extracted. */
export interface ExtractionOptions {
  readonly target: UnpackTarget;
  readonly call: CallOptions;
  /** Apart from its parent, onto which it is laid when it is committed. */
  readonly rebase: boolean;
  readonly log: Logger;
}

/** An active snapshot into which a layer is unpacked, to become the committed one of its chain ID (reference 03 §6). */
export class Extraction {
  readonly #layer: Layer;
  readonly #options: ExtractionOptions;
  readonly #key: string;
  readonly #mounts: readonly Mount[];

  private constructor(layer: Layer, options: ExtractionOptions, key: string, mounts: readonly Mount[]) {
    this.#layer = layer;
    this.#options = options;
    this.#key = key;
    this.#mounts = mounts;
  }

  /** Prepares the snapshot; undefined when the layer's chain ID is there already. */
  static async prepare(layer: Layer, options: ExtractionOptions): Promise<Extraction | undefined> {
    const { target, call, rebase, log } = options;
    const { snapshotter } = target;
    const labels = labelsOf(layer);
    let collision: unknown;
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      const key = `extract-${uniquePart()} ${layer.chainId}`;
      try {
        const mounts = await snapshotter.prepare(key, rebase ? "" : layer.parent, { ...call, labels });
        return new Extraction(layer, options, key, mounts);
      } catch (cause) {
        if (!isAlreadyExists(cause))
          throw new Error(`failed to prepare extraction snapshot ${quote(key)}`, { cause });
        collision = cause;
      }
      if (await exists(target, layer.chainId, call)) return undefined;
      log.debug({ key, chainId: layer.chainId }, "extraction snapshot already exists, chain id not found");
    }
    throw new Error("unable to prepare extraction snapshot", { cause: collision });
  }

  /** Whether the snapshotter has the layer's files without our doing. */
  get isStaged(): boolean {
    const last = this.#mounts.at(-1);
    return last !== undefined && isReadOnly(last);
  }

  /** Unpacks the layer. @throws Error `wrong diff id …` when it is not the one that the configuration names. */
  async apply(onProgress: (bytes: bigint) => void): Promise<void> {
    const { descriptor, diffId } = this.#layer;
    const { target, call } = this.#options;
    const { mediaType, digest } = descriptor;
    let applied: Descriptor;
    try {
      applied = await target.differ.apply(descriptor, this.#writableMounts(), { ...call, onProgress });
    } catch (cause) {
      call.signal?.throwIfAborted();
      const what = `failed to extract layer (${mediaType} ${digest}) to ${target.snapshotterId} as ${quote(this.#key)}`;
      throw new Error(what, { cause });
    }
    if (applied.digest !== diffId)
      throw new Error(
        `wrong diff id ${quote(applied.digest)} calculated on extraction ${quote(diffId)}, desc ${quote(digest)}`,
      );
  }

  /** Gives the snapshot its chain ID. That somebody else did so is as good. */
  async commit(): Promise<void> {
    const { chainId, parent } = this.#layer;
    const { target, call, rebase } = this.#options;
    const options = { ...call, labels: labelsOf(this.#layer), ...(rebase && parent !== "" && { parent }) };
    try {
      await target.snapshotter.commit(chainId, this.#key, options);
    } catch (cause) {
      if (!isAlreadyExists(cause)) throw new Error(`failed to commit snapshot ${this.#key}`, { cause });
      await this.remove();
    }
  }

  /** Drops the snapshot, also when the transfer is aborted. */
  async remove(): Promise<void> {
    const { target, call, log } = this.#options;
    try {
      await target.snapshotter.remove(this.#key, { ...call, signal: undefined });
    } catch (err) {
      if (!isNotFound(err))
        log.error({ error: wireMessage(err), key: this.#key }, "failed to clean up extraction");
    }
  }

  /**
   * Overlayfs gives a snapshot without a parent as a plain directory. Where one comes later, whiteouts must be kept for it
   * as overlayfs' marks.
   */
  #writableMounts(): readonly Mount[] {
    const { rebase, target } = this.#options;
    if (!rebase || this.#layer.parent === "" || target.snapshotterId !== "overlayfs") return this.#mounts;
    return this.#mounts.map((mount) =>
      mount.type === "bind"
        ? { type: "overlay", source: "overlay", options: [`upperdir=${mount.source}`] }
        : mount,
    );
  }
}

async function exists({ snapshotter }: UnpackTarget, chainId: Digest, call: CallOptions): Promise<boolean> {
  try {
    await snapshotter.stat(chainId, call);
    return true;
  } catch (cause) {
    if (isNotFound(cause)) return false;
    throw new Error(`failed to stat snapshot ${chainId}`, { cause });
  }
}

function labelsOf({ descriptor, chainId, diffId, parent }: Layer): Record<string, string> {
  const inherited = Object.entries(descriptor.annotations ?? {}).filter(([key]) => isInheritedLabel(key));
  return {
    ...Object.fromEntries(inherited),
    [SNAPSHOT_LABELS.ref]: chainId,
    [SNAPSHOT_LABELS.diffId]: diffId,
    ...(parent !== "" && { [SNAPSHOT_LABELS.parentChainId]: parent }),
  };
}

/** containerd's form: the nanoseconds of the second, and four characters by chance. */
const uniquePart = (): string => `${split(now()).nanos}-${randomBytes(3).toString("base64url")}`;
