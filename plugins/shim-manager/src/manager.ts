import type { RuntimeInfo } from "@davit/api/types";
import { AlreadyExistsError, isErrno, wireMessage } from "@davit/errdefs";
import type { EventExchange } from "@davit/events";
import type { MetadataStore } from "@davit/metadata";
import { requireNamespace, type CallOptions } from "@davit/namespaces";
import type { Logger } from "@davit/plugin";
import type { Bundle, BundleFolders, LoadedShims, Shim, ShimManager, StartShimRequest } from "@davit/runtime";
import type { Any } from "@davit/typeurl";
import { bundleOf, createBundle, deleteBundle } from "./bundle.ts";
import { Burial } from "./burial.ts";
import { EndWatch } from "./end-watch.ts";
import { InfoCache } from "./info-cache.ts";
import { LateExits } from "./late-exits.ts";
import { ShimLauncher } from "./launcher.ts";
import { ShimLoader } from "./loader.ts";
import { LogSink } from "./log-fifo.ts";
import { Orphans } from "./orphans.ts";
import { RuntimeResolver } from "./runtime-resolver.ts";
import { DEFAULT_TIMEOUTS, type DaemonFacts, type Timeouts } from "./settings.ts";
import { ShimCommands } from "./shim-commands.ts";
import { ShimInstance, type ShimParts } from "./shim.ts";
import { ShimList } from "./shim-list.ts";

/** What the manager works with. */
export interface ShimManagerOptions {
  readonly events: EventExchange;
  /** Containers, for bundles that do not say what their shim is; sandboxes, for containers that join one. */
  readonly metadata: Pick<MetadataStore, "containers" | "sandboxes">;
  readonly daemon: DaemonFacts;
  readonly socketDir: string;
  /** `KEY=value` for the environment of shims. */
  readonly env?: readonly string[] | undefined;
  /** Binaries by runtime name, before any rule. */
  readonly runtimes?: Readonly<Record<string, string>> | undefined;
  readonly timeouts?: Partial<Timeouts> | undefined;
  /** How long after `load` exits are published that came to pass before it, in milliseconds (5000). */
  readonly lateExitDelayMs?: number | undefined;
  /** Where the logs of shims are copied; default stderr. */
  readonly logSink?: LogSink | undefined;
  readonly log: Logger;
}

/** The shims of this daemon. Disposing it closes the connections; shims and containers go on. */
export class LocalShimManager implements ShimManager, AsyncDisposable {
  readonly #log: Logger;
  readonly #timeouts: Timeouts;
  readonly #resolver: RuntimeResolver;
  readonly #info: InfoCache;
  readonly #list = new ShimList();
  readonly #starting = new Set<string>();
  readonly #burial: Burial;
  readonly #launcher: ShimLauncher;
  readonly #loader: ShimLoader;
  readonly #lateExits: LateExits;
  readonly #ends: EndWatch;

  constructor(options: ShimManagerOptions) {
    const { daemon, socketDir, env, events, metadata, log } = options;
    this.#log = log;
    this.#timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
    this.#resolver = new RuntimeResolver({ runtimes: options.runtimes, executable: daemon.executable });
    const onWarning = (stderr: string): void => log.warn({ stderr }, "shim delete");
    const commands = new ShimCommands({ daemon, socketDir, env, onWarning });
    this.#info = new InfoCache(commands, this.#timeouts.infoMs);
    this.#lateExits = new LateExits(events, { delayMs: options.lateExitDelayMs ?? 5000, log });
    this.#ends = new EndWatch(events, log);
    const common = {
      commands,
      metadata,
      events,
      log,
      timeouts: this.#timeouts,
      list: this.#list,
      sink: options.logSink ?? new LogSink(),
      resolver: this.#resolver,
      lateExits: this.#lateExits,
      ends: this.#ends,
      orphans: new Orphans({
        daemon,
        socketDir,
        list: this.#list,
        timeoutMs: this.#timeouts.shutdownMs,
        log,
      }),
      open: (parts: ShimParts) => this.#open(parts),
    };
    this.#burial = new Burial(common);
    this.#launcher = new ShimLauncher(common);
    this.#loader = new ShimLoader({ ...common, burial: this.#burial });
  }

  async resolveRuntime(runtime: string): Promise<string> {
    try {
      return await this.#resolver.resolve(runtime);
    } catch (cause) {
      throw new Error("failed to resolve runtime path", { cause });
    }
  }

  async runtimeInfo(
    runtime: string,
    { options, signal }: { readonly options?: Any | undefined; readonly signal?: AbortSignal | undefined },
  ): Promise<RuntimeInfo> {
    return this.#info.get(await this.resolveRuntime(runtime), options, signal);
  }

  async start(request: StartShimRequest, options: CallOptions): Promise<Shim> {
    const namespace = requireNamespace(options);
    const key = `${namespace}/${request.id}`;
    if (this.#list.get(namespace, request.id) || this.#starting.has(key))
      throw new AlreadyExistsError(`task ${request.id}`);
    this.#starting.add(key);
    try {
      const binary = await this.resolveRuntime(request.runtime);
      await this.#list.removed(namespace, request.id); // who heard of a deletion may be quicker than its end
      const bundle = await this.#newBundle(request, namespace);
      const shim = await this.#launch(bundle, binary, request, options);
      this.#list.add(shim);
      return shim;
    } finally {
      this.#starting.delete(key);
    }
  }

  get(namespace: string, id: string): Shim | undefined {
    return this.#list.get(namespace, id);
  }

  list(namespace?: string): readonly Shim[] {
    return this.#list.all(namespace);
  }

  load(
    folders: BundleFolders,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<LoadedShims> {
    return this.#loader.load(folders, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lateExits[Symbol.dispose]();
    await Promise.all(this.#list.connected().map((shim) => shim.detach()));
    await this.#ends[Symbol.asyncDispose]();
  }

  /** Makes the bundle; one that lies in the way is of a shim that is gone, or is found to be alive and listed. */
  async #newBundle({ folders, id, spec }: StartShimRequest, namespace: string): Promise<Bundle> {
    try {
      return await createBundle(folders, namespace, id, spec);
    } catch (error) {
      if (!isErrno(error, "EEXIST")) throw error;
      await this.#loader.loadOne(bundleOf(folders, namespace, id));
      if (this.#list.get(namespace, id)) throw new AlreadyExistsError(`task ${id}`);
      return createBundle(folders, namespace, id, spec);
    }
  }

  async #launch(
    bundle: Bundle,
    binary: string,
    request: StartShimRequest,
    options: CallOptions,
  ): Promise<ShimInstance> {
    try {
      return await this.#launcher.launch(bundle, binary, request, options);
    } catch (cause) {
      await this.#removeBundle(bundle);
      throw new Error("start failed", { cause });
    }
  }

  /** Makes a shim of a connection, and sees to what follows when that closes. */
  #open(parts: ShimParts): ShimInstance {
    const shim = new ShimInstance(parts, {
      forget: (which) => this.#list.remove(which),
      cleanUp: (which) => this.#burial.afterLoss(which),
      awaitEnd: (which, exit) => this.#burial.awaitEnd(which, exit),
      tellEnd: (which, exit) => this.#burial.tellEnd(which, exit),
      shutdown: (which, closed) => this.#burial.shutdown(which, closed),
      downgraded: (which) => this.#launcher.rewriteEndpoint(which),
      removeBundle: (which) => this.#removeBundle(which),
      removing: (which, done) => this.#list.removing(which, done),
    });
    this.#ends.add(shim);
    this.#list.track(shim, () => this.#ends.remove(shim));
    return shim;
  }

  async #removeBundle(bundle: Bundle): Promise<void> {
    try {
      await deleteBundle(bundle);
    } catch (error) {
      this.#log.error({ bundle: bundle.path, error: wireMessage(error) }, "failed to remove bundle");
    }
  }
}
