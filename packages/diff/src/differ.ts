import type { Source } from "@davit/content";
import type { Mount } from "@davit/mount";
import type { CallOptions } from "@davit/namespaces";
import type { Descriptor } from "@davit/oci";
import { pluginType, type PluginType } from "@davit/plugin";

export const DiffPlugin: PluginType<Differ> = pluginType<Differ>("io.containerd.differ.v1");

export interface ApplyOptions {
  /** Where the layer's bytes are, when the caller has them at hand; else the differ asks the content store. */
  readonly source?: Source | undefined;
  /** Sync the file system before the answer. */
  readonly syncFs?: boolean | undefined;
  /** Called now and then with the compressed bytes read so far. */
  readonly onProgress?: ((bytes: bigint) => void) | undefined;
}

/** Unpacks layers. */
export interface Applier {
  /**
   * Applies the layer to the mounts, and answers the descriptor of the uncompressed tar: its digest is the diffID.
   * @throws NotImplementedError when another differ is to try; NotFoundError when the blob is absent.
   */
  apply(
    descriptor: Descriptor,
    mounts: readonly Mount[],
    options: CallOptions & ApplyOptions,
  ): Promise<Descriptor>;
}

export interface CompareOptions {
  readonly mediaType?: string | undefined;
  readonly ref?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Upper bound of mtimes, nanoseconds since 1970. */
  readonly sourceDateEpoch?: bigint | undefined;
}

/** Makes layers. */
export interface Comparer {
  /** Writes what `right` has over `left` as a layer into the content store. */
  compare(
    left: readonly Mount[],
    right: readonly Mount[],
    options: CallOptions & CompareOptions,
  ): Promise<Descriptor>;
}

export type Differ = Applier & Partial<Comparer>;
