import type { LeaseManager } from "@davit/leases";
import type { MetadataStore } from "@davit/metadata";
import type { CallOptions } from "@davit/namespaces";
import type { Logger } from "@davit/plugin";
import type { FetchPool } from "@davit/remotes";
import type { ImageVerifier, TransferOptions } from "@davit/transfer";
import type { BlobFetcher } from "./pull/blob-fetcher.ts";
import type { KeyLocks } from "./sync/key-locks.ts";
import type { Limiter } from "./sync/limiter.ts";
import type { UnpackTargets } from "./unpack/targets.ts";

/** What all transfers of a daemon share. */
export interface TransferContext {
  readonly metadata: Pick<MetadataStore, "content" | "images">;
  readonly leases: LeaseManager;
  /** Live. */
  readonly verifiers: ReadonlyMap<string, ImageVerifier>;
  readonly targets: UnpackTargets;
  readonly blobs: BlobFetcher;
  readonly pool: FetchPool;
  /** By snapshotter and chain ID: a layer is unpacked once. */
  readonly chains: KeyLocks;
  /** Layers of one image are unpacked side by side when there is one. */
  readonly unpacks: Limiter | undefined;
  /** Where hosts are configured when a transfer does not say; "" for nowhere. */
  readonly hostDir: string;
  readonly userAgent: string;
  readonly log: Logger;
}

/** The options of a transfer, with a signal in any case. */
export type TransferCallOptions = CallOptions & TransferOptions & { readonly signal: AbortSignal };
