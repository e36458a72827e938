import { join } from "node:path";
import type { Differ } from "@davit/diff";
import { NotImplementedError, UnavailableError } from "@davit/errdefs";
import type { LeaseManager } from "@davit/leases";
import type { MetadataStore } from "@davit/metadata";
import { requireNamespace, type CallOptions } from "@davit/namespaces";
import { hostPlatform } from "@davit/platforms";
import { silent, type Logger, type PluginList } from "@davit/plugin";
import { FetchPool } from "@davit/remotes";
import type { ImageVerifier, TransferEnd, TransferOptions, Transferrer } from "@davit/transfer";
import type { TransferConfig } from "./config.ts";
import type { TransferCallOptions, TransferContext } from "./context.ts";
import { BlobFetcher } from "./pull/blob-fetcher.ts";
import { pull } from "./pull/pull.ts";
import { KeyLocks } from "./sync/key-locks.ts";
import { Limiter } from "./sync/limiter.ts";
import { tag } from "./tag.ts";
import { UnpackTargets } from "./unpack/targets.ts";

type Kind = TransferEnd["kind"];
type End<K extends Kind> = Extract<TransferEnd, { readonly kind: K }>;

/** How to get from one kind of end to another. */
interface Route {
  readonly source: Kind;
  readonly destination: Kind;
  readonly run: (
    context: TransferContext,
    source: never,
    destination: never,
    options: TransferCallOptions,
  ) => Promise<void>;
}

function route<S extends Kind, D extends Kind>(
  source: S,
  destination: D,
  run: (
    context: TransferContext,
    source: End<S>,
    destination: End<D>,
    options: TransferCallOptions,
  ) => Promise<void>,
): Route {
  return { source, destination, run };
}

/** Everything that can be transferred. */
const ROUTES: readonly Route[] = [
  route("oci-registry", "image-store", pull),
  route("image-store", "image-store", tag),
];

const routeOf = (source: TransferEnd, destination: TransferEnd): Route | undefined =>
  ROUTES.find((each) => each.source === source.kind && each.destination === destination.kind);

/** What transfers work on. The maps are live; everything stays its owner's. */
export interface LocalTransferOptions {
  readonly metadata: Pick<MetadataStore, "content" | "images" | "snapshotters">;
  readonly leases: LeaseManager;
  readonly differs: ReadonlyMap<string, Differ>;
  readonly verifiers: ReadonlyMap<string, ImageVerifier>;
  /** For the platforms and capabilities of differs and snapshotters. */
  readonly plugins: PluginList;
  readonly config: TransferConfig;
  /** A directory of its own, for what does not go to files of the content store. */
  readonly root: string;
  /** Default `davit`. */
  readonly userAgent?: string | undefined;
  readonly log?: Logger | undefined;
}

/** The transfer service over the daemon's own stores (containerd core/transfer/local). */
export class LocalTransfer implements Transferrer, AsyncDisposable {
  readonly #context: TransferContext;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<void>>();

  /** @throws InvalidArgumentError, NotFoundError for an `unpack_config` that cannot be had (reference 00 §6.1). */
  constructor(options: LocalTransferOptions) {
    this.#context = contextFor(options);
    this.#context.targets.check();
  }

  supports(source: TransferEnd, destination: TransferEnd): boolean {
    return routeOf(source, destination) !== undefined;
  }

  async transfer(
    source: TransferEnd,
    destination: TransferEnd,
    options: CallOptions & TransferOptions,
  ): Promise<void> {
    requireNamespace(options);
    const found = routeOf(source, destination);
    if (found === undefined)
      throw new NotImplementedError(`transfer from ${source.kind} to ${destination.kind}`);
    const closing = this.#closing.signal;
    const signal = options.signal === undefined ? closing : AbortSignal.any([closing, options.signal]);
    signal.throwIfAborted();
    const running = found.run(this.#context, source as never, destination as never, { ...options, signal });
    const ended = running.catch(() => {});
    this.#running.add(ended);
    try {
      await running;
    } finally {
      this.#running.delete(ended);
    }
  }

  /** Stops all transfers, waits until they have cleaned up, and ends the fetching threads. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new UnavailableError("the transfer service is shutting down"));
    await Promise.all(this.#running);
    await this.#context.pool[Symbol.asyncDispose]();
  }
}

function contextFor(options: LocalTransferOptions): TransferContext {
  const {
    config,
    differs,
    leases,
    log = silent,
    metadata,
    plugins,
    root,
    userAgent = "davit",
    verifiers,
  } = options;
  const { content, snapshotters } = metadata;
  const downloads = new Limiter(config.max_concurrent_downloads);
  return {
    metadata,
    leases,
    verifiers,
    log,
    userAgent,
    hostDir: config.config_path,
    pool: new FetchPool(),
    chains: new KeyLocks(),
    unpacks: config.max_concurrent_unpacks > 1 ? new Limiter(config.max_concurrent_unpacks) : undefined,
    blobs: new BlobFetcher({ content, downloads, log, spoolDirectory: join(root, "spool") }),
    targets: new UnpackTargets({
      configured: config.unpack_config,
      checkPlatform: config.check_platform_supported,
      host: hostPlatform(),
      snapshotters,
      differs,
      plugins,
      log,
    }),
  };
}
