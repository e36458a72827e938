import type { CallOptions } from "@davit/namespaces";
import { pluginType, type PluginType } from "@davit/plugin";
import type { TransferEnd } from "./ends.ts";
import type { TransferProgress } from "./progress.ts";

export const TransferPlugin: PluginType<Transferrer> = pluginType<Transferrer>("io.containerd.transfer.v1");

export interface TransferOptions {
  /** Called in order, and not waited for. */
  readonly onProgress?: ((progress: TransferProgress) => void) | undefined;
}

/** Moves images (containerd core/transfer). */
export interface Transferrer {
  /** Whether it moves from such a source to such a destination. */
  supports(source: TransferEnd, destination: TransferEnd): boolean;
  /**
   * Moves what `source` names to `destination`. When it fails or is aborted, no name of an image has changed; blobs that
   * were fetched in part go on from there the next time.
   * @throws NotImplementedError when it does not support the two.
   */
  transfer(
    source: TransferEnd,
    destination: TransferEnd,
    options: CallOptions & TransferOptions,
  ): Promise<void>;
}
