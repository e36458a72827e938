import { InvalidArgumentError, isNotImplemented } from "@davit/errdefs";
import { MEDIA_TYPE_DOCKER_SCHEMA1, type Descriptor } from "@davit/oci";
import { Registry, registryHosts } from "@davit/remotes";
import type { ImageStoreEnd, RegistryEnd, TransferProgress } from "@davit/transfer";
import type { TransferCallOptions, TransferContext } from "../context.ts";
import { withLease, withSignal, type TransferCalls } from "../lease.ts";
import { ProgressTracker } from "../progress-tracker.ts";
import { storeImages } from "../store-images.ts";
import { TaskGroup } from "../sync/task-group.ts";
import { Unpacker } from "../unpack/unpacker.ts";
import { ImageTree } from "./image-tree.ts";
import { rewriteManifest } from "./legacy-config.ts";
import { Selection } from "./selection.ts";

/** A pull under way. */
interface Pull {
  readonly context: TransferContext;
  readonly source: RegistryEnd;
  readonly destination: ImageStoreEnd;
  readonly registry: Registry;
  readonly calls: TransferCalls;
  readonly signal: AbortSignal;
  readonly tell: (event: string, name?: string, descriptor?: Descriptor) => void;
  readonly onProgress: (progress: TransferProgress) => void;
}

/** Fetches an image from a registry, unpacks it where that is asked for, and gives it its names (reference 06 §5.1). */
export async function pull(
  context: TransferContext,
  source: RegistryEnd,
  destination: ImageStoreEnd,
  options: TransferCallOptions,
): Promise<void> {
  const { signal, onProgress = () => {} } = options;
  await withLease(context.leases, options, context.log, async (calls) => {
    await using registry = registryFor(source, context);
    const tell: Pull["tell"] = (event, name = "", descriptor) => onProgress({ event, name, descriptor });
    await run({ context, source, destination, registry, calls, signal, tell, onProgress });
  });
}

async function run(pull: Pull): Promise<void> {
  const { context, source, destination, calls, signal, tell } = pull;
  const from = `OCI Registry (${source.reference})`;
  tell(`Resolving from ${from}`);
  const resolved = await resolve(pull);
  await verify(pull, resolved);
  tell(`Pulling from ${from}`);
  tell("fetching image content", source.reference, resolved);
  // The last states of blobs are told behind "Completed": clients draw that line when news of a blob comes (containerd's ctr).
  using progress = new ProgressTracker(source.reference, pull.onProgress);
  const target = await fetch(pull, resolved, progress);
  signal.throwIfAborted();
  const stored = await storeImages(context.metadata.images, destination, target, calls.leased);
  for (const image of stored) tell("saved", image.name, image.target);
  tell(`Completed pull from ${from}`);
}

function registryFor(source: RegistryEnd, { hostDir, log, pool, userAgent }: TransferContext): Registry {
  const { credentials, defaultScheme, headers, reference } = source;
  return new Registry({
    hosts: registryHosts({ hostsDirs: source.hostDir || hostDir, defaultScheme, log }),
    credentials: credentials && ((host, challenges) => credentials({ host, reference, challenges })),
    headers,
    userAgent,
    pool,
  });
}

async function resolve({ registry, source, signal }: Pull): Promise<Descriptor> {
  try {
    const { descriptor } = await registry.resolve(source.reference, { signal });
    if (descriptor.mediaType !== MEDIA_TYPE_DOCKER_SCHEMA1) return descriptor;
  } catch (cause) {
    signal.throwIfAborted();
    if (!isNotImplemented(cause)) throw new Error("failed to resolve image", { cause });
  }
  throw new InvalidArgumentError("schema 1 image manifests are no longer supported");
}

async function verify({ context, source, calls }: Pull, descriptor: Descriptor): Promise<void> {
  const image = `${source.reference} with digest ${descriptor.digest}`;
  for (const [id, verifier] of context.verifiers) {
    const { ok, reason } = await judge(id, image, () =>
      verifier.verify(source.reference, descriptor, calls.leased),
    );
    if (!ok) throw new Error(`image verifier ${id} blocked pull of ${image} for reason: ${reason}`);
  }
}

async function judge<T>(id: string, image: string, verify: () => Promise<T>): Promise<T> {
  try {
    return await verify();
  } catch (cause) {
    throw new Error(`blocking pull of ${image}: image verifier ${id} returned error`, { cause });
  }
}

/** Brings the image's blobs and snapshots; returns what its names are to mean. */
async function fetch(pull: Pull, resolved: Descriptor, progress: ProgressTracker): Promise<Descriptor> {
  const { context, source, destination, registry, signal } = pull;
  const group = new TaskGroup(signal);
  const calls = withSignal(pull.calls, group.signal);
  const selection = new Selection(destination);
  const targets = context.targets.choose(destination.unpacks ?? []);
  const unpacker =
    targets.length === 0 ? undefined : new Unpacker({ context, targets, calls, group, progress });
  const { reference } = source;
  const tree = new ImageTree({ context, registry, reference, calls, group, selection, progress, unpacker });
  void tree.visit(resolved);
  await group.wait();
  return tree.hasLegacyConfig ? await rewrite(pull, resolved) : resolved;
}

const rewrite = ({ context, calls }: Pull, resolved: Descriptor): Promise<Descriptor> =>
  rewriteManifest(context.metadata.content, resolved, calls);
