import { writeFile } from "node:fs/promises";
import { isNotFound, wireMessage } from "@davit/errdefs";
import type { MetadataStore } from "@davit/metadata";
import type { CallOptions } from "@davit/namespaces";
import type { Logger } from "@davit/plugin";
import type { Bundle, Endpoint, Shim, StartShimRequest, TaskApiAddress } from "@davit/runtime";
import { inBundle } from "./bundle.ts";
import { writeEndpoint } from "./endpoint-files.ts";
import { LogFifo, type LogSink } from "./log-fifo.ts";
import type { Orphans } from "./orphans.ts";
import type { Timeouts } from "./settings.ts";
import type { ShimCommands } from "./shim-commands.ts";
import type { ShimList } from "./shim-list.ts";
import type { ShimInstance, ShimParts } from "./shim.ts";
import { connect } from "./transport.ts";

/** What a launcher needs. */
export interface LauncherOptions {
  readonly commands: ShimCommands;
  readonly metadata: Pick<MetadataStore, "sandboxes">;
  readonly list: ShimList;
  readonly orphans: Orphans;
  readonly timeouts: Timeouts;
  readonly sink: LogSink;
  readonly log: Logger;
  readonly open: (parts: ShimParts) => ShimInstance;
}

/** The least version of the task API whose shims take the containers of a sandbox without being started again. */
const JOINABLE_VERSION = 3;
const nothing: Disposable = { [Symbol.dispose]: () => {} };

/** Brings a bundle and a shim together. */
export class ShimLauncher {
  readonly #options: LauncherOptions;

  constructor(options: LauncherOptions) {
    this.#options = options;
  }

  /** Starts the shim of a bundle, or joins that of the container's sandbox, and connects. On failure no shim is left. */
  async launch(
    bundle: Bundle,
    binary: string,
    request: StartShimRequest,
    options: CallOptions,
  ): Promise<ShimInstance> {
    const endpoint = await this.#sandboxEndpoint(request, options);
    if (endpoint !== undefined && endpoint.version >= JOINABLE_VERSION)
      return this.#join(bundle, binary, endpoint, request.sandboxId ?? "", options);
    return this.#start(bundle, binary, request, options);
  }

  /** Notes a version that was found out later. Never rejects. */
  rewriteEndpoint(shim: Shim): void {
    writeEndpoint(shim.bundle, shim.endpoint).catch((error: unknown) =>
      this.#options.log.warn({ id: shim.id, error: wireMessage(error) }, "write bootstrap.json"),
    );
  }

  async #start(
    bundle: Bundle,
    binary: string,
    request: StartShimRequest,
    { signal }: CallOptions,
  ): Promise<ShimInstance> {
    const { commands, timeouts, sink, open } = this.#options;
    const log = new LogFifo(inBundle(bundle, "log"), sink);
    let started = false;
    try {
      const endpoint = await commands.start(binary, bundle, { options: request.options, signal });
      started = true;
      await writeFile(inBundle(bundle, "binary"), binary, { mode: 0o600 });
      const transport = await connect(endpoint, { timeoutMs: timeouts.connectMs, signal });
      const shim = open({ bundle, endpoint, transport, binary, log, sandboxId: "" });
      await writeEndpoint(bundle, endpoint).catch((error: unknown) => this.#giveUp(shim, error));
      return shim;
    } catch (error) {
      await this.#options.orphans.end(bundle); // it may serve already, or still
      log[Symbol.dispose]();
      if (started) await this.#undo(binary, bundle);
      throw error;
    }
  }

  async #giveUp(shim: ShimInstance, error: unknown): Promise<never> {
    await shim.remove({ deleted: false });
    throw error;
  }

  /** A shim that cannot be reached is asked, by its command, to leave nothing. */
  async #undo(binary: string, bundle: Bundle): Promise<void> {
    const { commands, timeouts, log } = this.#options;
    try {
      await commands.delete(binary, bundle, AbortSignal.timeout(timeouts.cleanupMs));
    } catch (error) {
      log.warn({ id: bundle.id, error: wireMessage(error) }, "failed to clean up after shim");
    }
  }

  async #join(
    bundle: Bundle,
    binary: string,
    endpoint: Endpoint,
    sandboxId: string,
    { signal }: CallOptions,
  ): Promise<ShimInstance> {
    const { timeouts, open } = this.#options;
    await writeFile(inBundle(bundle, "sandbox"), sandboxId, { mode: 0o600 });
    await writeEndpoint(bundle, endpoint);
    const transport = await connect(endpoint, { timeoutMs: timeouts.connectMs, signal });
    return open({ bundle, endpoint, transport, binary, sandboxId, log: nothing });
  }

  /** Where the shim of the container's sandbox serves; undefined when there is no such sandbox (reference 04 §7.1). */
  async #sandboxEndpoint(
    { sandboxId = "", taskApi }: StartShimRequest,
    options: CallOptions,
  ): Promise<Endpoint | undefined> {
    if (sandboxId === "") return undefined;
    const { metadata, list, log } = this.#options;
    try {
      await metadata.sandboxes.get(sandboxId, options);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      log.warn({ sandboxId }, "sandbox is not in the store: the container gets a shim of its own");
      return undefined;
    }
    if (taskApi !== undefined && taskApi.address !== "") return parseTaskApi(taskApi);
    const shim = list.get(options.namespace, sandboxId);
    if (shim === undefined) throw new Error(`can't find shim for sandbox ${sandboxId}`);
    return shim.endpoint;
  }
}

/** Splits `<protocol>+<scheme>://…`. @throws Error when it is none. */
export function parseTaskApi({ address, version }: TaskApiAddress): Endpoint {
  const [, protocol, rest] = /^([a-z]+)\+(.+:\/\/.*)$/s.exec(address) ?? [];
  if (protocol === undefined || rest === undefined)
    throw new Error(
      `the scheme of a sandbox address should be in the form of <protocol>+<unix|vsock|tcp>, i.e. ttrpc+unix or grpc+vsock: ${address}`,
    );
  return { version, protocol, address: rest };
}
