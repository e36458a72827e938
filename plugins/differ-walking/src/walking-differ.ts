import { randomBytes } from "node:crypto";
import {
  applyLayer,
  isLayerMediaType,
  type AppliedLayer,
  type LayerLimits,
  type UnpackPool,
} from "@davit/archive";
import type { ContentStore } from "@davit/content";
import type { ApplyOptions, Differ } from "@davit/diff";
import {
  InvalidArgumentError,
  isNotImplemented,
  NotImplementedError,
  UnknownError,
  wireMessage,
} from "@davit/errdefs";
import { withTemporaryMount, type Mount, type MountManager } from "@davit/mount";
import type { CallOptions } from "@davit/namespaces";
import { MEDIA_TYPE_IMAGE_LAYER, type Descriptor } from "@davit/oci";
import type { Logger } from "@davit/plugin";
import { openBlob, type LayerBlob } from "./layer-blob.ts";
import { directTarget, naive, type Target } from "./target.ts";

/** What a {@link WalkingDiffer} works with. */
export interface WalkingDifferOptions {
  readonly content: ContentStore;
  /** The workers; the differ ends them when it is closed. */
  readonly pool: UnpackPool;
  /** Below it, mounts are made for the time of an apply. */
  readonly mountDir: string;
  /** For copies of blobs whose store has no files. */
  readonly spoolDir: string;
  readonly mountManager?: MountManager | undefined;
  /** Default `DEFAULT_LIMITS` of `@davit/archive`. */
  readonly limits?: Partial<LayerLimits> | undefined;
  readonly log?: Logger | undefined;
}

type Options = CallOptions & ApplyOptions;

/** The differ for all file systems (containerd core/diff/apply): layers are unpacked in place, on worker threads. */
export class WalkingDiffer implements Differ, AsyncDisposable {
  readonly #with: WalkingDifferOptions;

  constructor(options: WalkingDifferOptions) {
    this.#with = options;
  }

  /**
   * Unpacks a layer. On failure the mounts hold what was written until then: the caller removes the snapshot.
   * @throws NotFoundError for the blob; UnknownError for a media type that is no layer; InvalidArgumentError, DataLossError,
   *   ResourceExhaustedError as `applyLayer` of `@davit/archive`.
   */
  async apply(descriptor: Descriptor, mounts: readonly Mount[], options: Options): Promise<Descriptor> {
    options.signal?.throwIfAborted();
    if (mounts.length === 0) throw new InvalidArgumentError("no mounts to apply the layer to");
    const { content, spoolDir } = this.#with;
    await using blob = await openBlob(
      content,
      descriptor.digest,
      { given: options.source, spoolDir },
      options,
    );
    checkMediaType(descriptor.mediaType);
    const { diffId, sizeBytes, warnings } = await this.#onMounts(mounts, options, (target) =>
      this.#unpack(blob, target, options),
    );
    if (warnings.length > 0)
      this.#with.log?.warn(
        { digest: descriptor.digest, warnings: warnings.join("; ") },
        "parts of a layer left out",
      );
    return { mediaType: MEDIA_TYPE_IMAGE_LAYER, digest: diffId, size: Number(sizeBytes) };
  }

  /** @throws NotImplementedError always. */
  compare(): Promise<Descriptor> {
    return Promise.reject(new NotImplementedError("the walking differ does not make layers yet"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#with.pool[Symbol.asyncDispose]();
  }

  async #unpack(
    blob: LayerBlob,
    target: Target,
    { signal, syncFs, onProgress }: Options,
  ): Promise<AppliedLayer> {
    const { pool, limits = {} } = this.#with;
    try {
      return await applyLayer(
        // Whatever the media type says of the compression, the bytes decide, as in containerd.
        { ...target, source: blob.source, sync: syncFs ?? false, limits },
        { pool, signal, onProgress: onProgress && (({ readBytes }) => onProgress(BigInt(readBytes))) },
      );
    } catch (error) {
      if (signal?.aborted !== true) blob.throwIfFailed();
      throw error;
    }
  }

  /** Finds the directory to unpack into, or makes the mounts for the time `fn` takes. */
  async #onMounts<T>(
    mounts: readonly Mount[],
    options: CallOptions,
    fn: (target: Target) => Promise<T>,
  ): Promise<T> {
    const name = `fs-diffapply-${options.namespace}-${randomBytes(9).toString("base64url")}`;
    const activated = await this.#activate(name, mounts, options);
    try {
      const made = activated ?? mounts;
      const target = directTarget(made);
      if (target !== undefined) return await fn(target);
      return await withTemporaryMount(this.#with.mountDir, made, (root) => fn(naive(root)));
    } finally {
      if (activated !== undefined) await this.#deactivate(name, options);
    }
  }

  /** Lets the mount manager make its part of several mounts; undefined when it has none. */
  async #activate(
    name: string,
    mounts: readonly Mount[],
    options: CallOptions,
  ): Promise<readonly Mount[] | undefined> {
    const { mountManager } = this.#with;
    if (mountManager === undefined || mounts.length < 2) return undefined;
    try {
      return (await mountManager.activate(name, mounts, options)).system;
    } catch (err) {
      if (isNotImplemented(err)) return undefined;
      throw err;
    }
  }

  /** The call may have been given up by now: its signal does not count here. What stays is collected as garbage. */
  async #deactivate(name: string, options: CallOptions): Promise<void> {
    try {
      await this.#with.mountManager?.deactivate(name, { ...options, signal: undefined });
    } catch (err) {
      this.#with.log?.warn({ name, error: wireMessage(err) }, "failed to deactivate mounts of an apply");
    }
  }
}

function checkMediaType(mediaType: string): void {
  if (!isLayerMediaType(mediaType))
    throw new UnknownError(`failed to get stream processor for ${mediaType}: no processor for media-type`);
}
