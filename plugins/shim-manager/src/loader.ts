import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { isDeadlineExceeded, isErrno, isNotFound, wireMessage } from "@davit/errdefs";
import { unmountRecursive } from "@davit/mount";
import type { MetadataStore } from "@davit/metadata";
import type { Logger } from "@davit/plugin";
import {
  isShimClosed,
  type Bundle,
  type BundleFolders,
  type Endpoint,
  type LoadedShims,
} from "@davit/runtime";
import { fromTimestamp } from "@davit/time";
import { Status } from "@davit/api/types/task";
import { bundleOf, deleteBundle, inBundle } from "./bundle.ts";
import type { Burial } from "./burial.ts";
import type { EndWatch } from "./end-watch.ts";
import { EXIT_TOPIC } from "./exit-events.ts";
import { readEndpoint, readText } from "./endpoint-files.ts";
import type { LateExits } from "./late-exits.ts";
import { LogFifo, type LogSink } from "./log-fifo.ts";
import type { Orphans } from "./orphans.ts";
import { pooled } from "./pooled.ts";
import type { RuntimeResolver } from "./runtime-resolver.ts";
import type { Timeouts } from "./settings.ts";
import type { ShimList } from "./shim-list.ts";
import type { ShimInstance, ShimParts } from "./shim.ts";
import { connect, type Transport } from "./transport.ts";

/** What a loader needs. */
export interface LoaderOptions {
  readonly metadata: Pick<MetadataStore, "containers" | "sandboxes">;
  readonly burial: Burial;
  readonly lateExits: LateExits;
  readonly ends: EndWatch;
  readonly orphans: Orphans;
  readonly list: ShimList;
  readonly resolver: RuntimeResolver;
  readonly timeouts: Timeouts;
  readonly sink: LogSink;
  readonly log: Logger;
  readonly open: (parts: ShimParts) => ShimInstance;
}

/** Shims asked at a time: each costs one descriptor or two, and the wait for its answer. */
const AT_A_TIME = 64;

/** What became of a bundle: its shim is listed; it is gone; it was left as it is, for nobody could tell. */
type Outcome = "listed" | "removed" | "left";

/** Finds the shims of an earlier run again (reference 04 §8). */
export class ShimLoader {
  readonly #options: LoaderOptions;

  constructor(options: LoaderOptions) {
    this.#options = options;
  }

  async load(folders: BundleFolders, signal?: AbortSignal): Promise<LoadedShims> {
    const { list } = this.#options;
    const bundles = await findBundles(folders);
    const outcomes = await pooled(AT_A_TIME, bundles, async (bundle) => {
      signal?.throwIfAborted();
      return this.loadOne(bundle, signal);
    });
    await removeLeakedWork(folders);
    const shims = bundles.flatMap(({ namespace, id }) => list.get(namespace, id) ?? []);
    return { shims, removed: outcomes.filter((outcome) => outcome === "removed").length };
  }

  /** Lists the shim of a bundle if it lives, or cleans up after it. Never rejects. */
  async loadOne(bundle: Bundle, signal?: AbortSignal): Promise<Outcome> {
    const { id, namespace } = bundle;
    try {
      return await this.#loadOne(bundle, signal);
    } catch (error) {
      this.#options.log.error({ id, namespace, error: wireMessage(error) }, "failed to load shim");
      return "left";
    }
  }

  async #loadOne(bundle: Bundle, signal?: AbortSignal): Promise<Outcome> {
    const { timeouts } = this.#options;
    if ((await readdir(bundle.path)).length === 0) return this.#drop(bundle);
    const endpoint = await readEndpoint(bundle).catch(() => undefined);
    if (endpoint === undefined) await this.#endOrphan(bundle);
    const binary = await this.#binaryOf(bundle);
    if (binary === undefined) return this.#drop(bundle);
    if (endpoint === undefined) return this.#bury(bundle, binary);
    const limit = AbortSignal.any([AbortSignal.timeout(timeouts.loadMs), ...(signal ? [signal] : [])]);
    let transport: Transport;
    try {
      transport = await connect(endpoint, { timeoutMs: timeouts.loadMs, signal: limit });
    } catch (error) {
      if (isGone(error)) return this.#bury(bundle, binary);
      throw error;
    }
    return this.#meet(await this.#reopen(bundle, endpoint, transport, binary), limit);
  }

  async #reopen(
    bundle: Bundle,
    endpoint: Endpoint,
    transport: Transport,
    binary: string,
  ): Promise<ShimInstance> {
    const { sink, open } = this.#options;
    try {
      const sandboxId = (await readText(bundle, "sandbox")) ?? "";
      const log = sandboxId === "" ? new LogFifo(inBundle(bundle, "log"), sink) : nothing;
      return open({ bundle, endpoint, transport, binary, sandboxId, log });
    } catch (error) {
      transport.close();
      throw error;
    }
  }

  /** Asks a shim what became of its container, and decides by the answer alone. */
  async #meet(shim: ShimInstance, signal: AbortSignal): Promise<Outcome> {
    const { list, log } = this.#options;
    const { id, namespace } = shim;
    list.add(shim);
    try {
      await shim.task.connect({ id }, { namespace, signal });
      if (await this.#isSandbox(shim)) return "listed";
      await this.#noteExit(shim, signal);
    } catch (error) {
      if (isShimClosed(error)) return this.#lost(shim);
      if (isNotFound(error)) return this.#leaked(shim);
      const late = isDeadlineExceeded(error) || signal.aborted;
      log.warn({ id, namespace, error: wireMessage(error) }, late ? "shim is slow" : "state of loaded shim");
    }
    return "listed";
  }

  /** What came to pass while nobody listened is told later; the task stays until it is deleted. */
  async #noteExit(shim: ShimInstance, signal: AbortSignal): Promise<void> {
    const { lateExits, list, ends } = this.#options;
    const { id, namespace } = shim;
    const state = await shim.task.state({ id }, { namespace, signal });
    if (state.status !== Status.STOPPED) return;
    const exit = { pid: state.pid, status: state.exitStatus, exitedAt: fromTimestamp(state.exitedAt) };
    const wanted = (): boolean => list.has(shim) && !ends.has(shim, EXIT_TOPIC); // its publisher tries again, too
    lateExits.add({ namespace, id, exit, deleted: false, wanted });
  }

  /** It died while it was asked; its end is cleaned up, and told, by what watches the connection. */
  async #lost(shim: ShimInstance): Promise<Outcome> {
    await shim.closed;
    return "removed";
  }

  /** A shim without its container: its start was cut short, or its end was. */
  async #leaked(shim: ShimInstance): Promise<Outcome> {
    this.#options.log.info({ id: shim.id, namespace: shim.namespace }, "cleaning leaked shim process");
    shim.forget();
    await shim.remove({ deleted: false });
    return "removed";
  }

  async #bury(bundle: Bundle, binary: string): Promise<Outcome> {
    const { burial, lateExits, log } = this.#options;
    const { id, namespace } = bundle;
    log.info({ id, namespace }, "cleaning up after dead shim");
    const exit = await burial.bury(bundle, binary);
    if (exit === undefined) return "left";
    lateExits.add({ namespace, id, exit, deleted: true });
    return "removed";
  }

  /** Its log is read meanwhile: a shim whose daemon died before it opened that would wait for a reader, and answer nothing. */
  async #endOrphan(bundle: Bundle): Promise<void> {
    using _log = new LogFifo(inBundle(bundle, "log"), this.#options.sink);
    await this.#options.orphans.end(bundle);
  }

  async #drop(bundle: Bundle): Promise<Outcome> {
    await unmountRecursive(inBundle(bundle, "rootfs"));
    await deleteBundle(bundle);
    return "removed";
  }

  /** The binary a bundle was started with; of one that does not say, that of its container; undefined when there is none. */
  async #binaryOf(bundle: Bundle): Promise<string | undefined> {
    const { metadata, resolver } = this.#options;
    const noted = (await readText(bundle, "binary"))?.trim();
    if (noted) return noted;
    try {
      const { runtime } = await metadata.containers.get(bundle.id, { namespace: bundle.namespace });
      return await resolver.resolve(runtime.name);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      return ""; // its runtime is not installed any more: it can be talked to, but not cleaned up after
    }
  }

  async #isSandbox({ id, namespace }: ShimInstance): Promise<boolean> {
    try {
      await this.#options.metadata.sandboxes.get(id, { namespace });
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }
}

const nothing: Disposable = { [Symbol.dispose]: () => {} };

/** Whether nobody serves at the address any more; a shim that is slow is not gone. */
function isGone(error: unknown): boolean {
  if (isErrno(error, "ENOENT", "ECONNREFUSED", "ECONNRESET", "ENOTSOCK", "EINVAL")) return true;
  return error instanceof Error && error.message.startsWith("unexpected protocol");
}

async function findBundles(folders: BundleFolders): Promise<Bundle[]> {
  const bundles: Bundle[] = [];
  for (const namespace of await visible(folders.state))
    for (const id of await visible(join(folders.state, namespace)))
      bundles.push(bundleOf(folders, namespace, id));
  return bundles;
}

/** Removes work directories without a bundle, and what removals that were cut short had renamed. */
async function removeLeakedWork(folders: BundleFolders): Promise<void> {
  for (const namespace of await visible(folders.root)) {
    const bundles = new Set(await visible(join(folders.state, namespace)));
    for (const name of await namesIn(join(folders.root, namespace)))
      if (!bundles.has(name)) await rm(join(folders.root, namespace, name), { recursive: true, force: true });
  }
}

const visible = async (path: string): Promise<string[]> =>
  (await namesIn(path)).filter((name) => !name.startsWith("."));

async function namesIn(path: string): Promise<string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  }
}
