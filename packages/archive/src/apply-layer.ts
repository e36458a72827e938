import { digestFromHex, type Digest } from "@davit/digest";
import { InvalidArgumentError } from "@davit/errdefs";
import { loadNative } from "@davit/sys";
import type { Compression } from "./compression.ts";
import type { LayerSource } from "./layer-source.ts";
import { DEFAULT_LIMITS, type LayerLimits } from "./limits.ts";
import type { UnpackProgress, UnpackRequest, UnpackResult } from "./unpack.ts";
import { WorkerPool, type WorkerPoolOptions } from "./worker-pool.ts";

/** Workers that unpack layers. */
export type UnpackPool = WorkerPool<UnpackRequest, UnpackResult, UnpackProgress>;

/** A layer, and where it goes. */
export interface ApplyLayerRequest {
  readonly source: LayerSource;
  /** Default "detect": by the first bytes, as containerd does whatever the media type says. */
  readonly compression?: Compression | "detect";
  /** An existing directory, absolute. Empty, or (mode "naive") a tree that the layer changes. Nobody else writes there meanwhile. */
  readonly root: string;
  /** "naive": whiteouts remove what they name. "overlay": `root` is overlayfs' upper directory, and they become its marks. */
  readonly mode: "naive" | "overlay";
  /** In overlay mode: overlayfs is mounted with `userxattr`, so marks are `user.overlay.*`. Default false: `trusted.overlay.*`. */
  readonly userXattr?: boolean;
  /** In overlay mode: the directories below, the nearest first; parents the archive leaves out are made like theirs. */
  readonly parents?: readonly string[];
  /** Set owners as the archive has them, which takes privilege. Default true. */
  readonly sameOwner?: boolean;
  /** Later times become this one, nanoseconds since 1970. */
  readonly clampMtimeNs?: bigint;
  /** Write the file system back before answering. Default false. */
  readonly sync?: boolean;
  /** Default `DEFAULT_LIMITS`. */
  readonly limits?: Partial<LayerLimits>;
}

/** A layer that was unpacked. */
export interface AppliedLayer {
  /** Digest of the uncompressed archive, with all that follows its end mark. The caller compares it. */
  readonly diffId: Digest;
  readonly sizeBytes: bigint;
  /** Members of the archive. */
  readonly entries: number;
  /** What was left out, such as attributes the file system has no place for; a hundred at most. */
  readonly warnings: readonly string[];
}

/** What goes with a request. */
export interface ApplyLayerOptions {
  /** Aborting stops the worker between two chunks; the promise rejects with the reason once it has stopped. */
  readonly signal?: AbortSignal | undefined;
  /** Called some ten times a second. */
  readonly onProgress?: ((progress: UnpackProgress) => void) | undefined;
  /** Default: one pool for the process. */
  readonly pool?: UnpackPool | undefined;
}

/** Makes a pool of workers that unpack layers. */
export function unpackPool(options: WorkerPoolOptions = {}): UnpackPool {
  loadNative(); // in a worker first, a process that ends meanwhile would abort
  return new WorkerPool(new URL("./unpack.worker.js", import.meta.url), options);
}

let shared: UnpackPool | undefined;

/**
 * Unpacks a layer into a directory, on a worker thread: decompresses, hashes, and writes files, links, devices, owners,
 * modes, attributes and times. Nothing outside `root` is touched, whatever the archive says.
 *
 * On failure `root` holds what was written until then: its owner removes it.
 *
 * @throws InvalidArgumentError for an archive that makes no sense, DataLossError for one that is damaged or cut short,
 *   ResourceExhaustedError beyond a limit or on a full disk, PermissionDeniedError; the message names the member.
 */
export async function applyLayer(
  request: ApplyLayerRequest,
  options: ApplyLayerOptions = {},
): Promise<AppliedLayer> {
  const { root, source, mode, compression, parents, userXattr, sameOwner, clampMtimeNs, sync, limits } =
    request;
  if (!root.startsWith("/")) throw new InvalidArgumentError(`root ${JSON.stringify(root)} is not absolute`);
  const pool = options.pool ?? (shared ??= unpackPool());
  const { signal, onProgress } = options;
  const unpacking: UnpackRequest = {
    root,
    mode,
    source: "path" in source ? { path: source.path } : descriptorOf(source),
    compression: compression ?? "detect",
    parents: parents ?? [],
    userXattr: userXattr ?? false,
    sameOwner: sameOwner ?? true,
    clampMtimeNs,
    sync: sync ?? false,
    limits: { ...DEFAULT_LIMITS, ...limits },
  };
  const { sha256, sizeBytes, entries, warnings } = await pool.run(unpacking, { signal, onProgress });
  return { diffId: digestFromHex("sha256", sha256), sizeBytes: BigInt(sizeBytes), entries, warnings };
}

/** The plain data of a source, which may be an object with methods: those do not cross threads. */
const descriptorOf = ({
  fd,
  sizeBytes,
  available,
}: Exclude<LayerSource, { readonly path: string }>): LayerSource => ({
  fd,
  sizeBytes,
  ...(available && { available }),
});
