import type { Descriptor } from "@davit/oci";

/** News of a transfer (containerd.types.transfer.Progress, reference 06 §11.2). */
export interface TransferProgress {
  /**
   * What happens: `Pulling from …` of the whole; `waiting`, `downloading`, `complete`, `already exists`, `extracting`,
   * `extracted` of a blob; `saved` of a name.
   */
  readonly event: string;
  /** What it happens to: a blob's ref such as `layer-sha256:…`, or the name of an image; "" for the whole. */
  readonly name: string;
  /** The names of what refers to it. */
  readonly parents?: readonly string[] | undefined;
  /** Bytes done, and in all. */
  readonly progress?: bigint | undefined;
  readonly total?: bigint | undefined;
  readonly descriptor?: Descriptor | undefined;
}
