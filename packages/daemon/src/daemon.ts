import { access, chmod, constants, mkdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { InvalidArgumentError, isErrno, wireMessage } from "@davit/errdefs";
import { cleanTemporaryMounts } from "@davit/mount";
import { formatPlatform, hostPlatform } from "@davit/platforms";
import { silent, startPlugins, type Logger, type PluginDefinition, type PluginSet } from "@davit/plugin";
import { ServerPlugin, type Server } from "@davit/server";
import { defaultConfig, pluginTable } from "./config/load.ts";
import type { Config } from "./config/schema.ts";
import { isTable, textAt, type Table } from "./config/table.ts";
import { lockRoot } from "./lock.ts";
import { DEFAULTS } from "./paths.ts";

export const GRPC_SERVER = "io.containerd.server.v1.grpc";
export const TTRPC_SERVER = "io.containerd.server.v1.ttrpc";

/** What a daemon is made of. */
export interface DaemonOptions {
  /** What loads, and nothing else does. */
  readonly plugins: readonly PluginDefinition[];
  /** From `loadConfig`; the defaults otherwise. */
  readonly config?: Config;
  /** Where things are kept that survive a reboot. Wins over the configuration. */
  readonly root?: string | undefined;
  /** Where things are kept that need not. Wins over the configuration. */
  readonly state?: string | undefined;
  /** The gRPC socket; the ttrpc socket is the same with `.ttrpc`. Wins over the configuration. */
  readonly address?: string | undefined;
  readonly log?: Logger;
  /** Told to clients by the version service. */
  readonly version?: string;
  readonly revision?: string;
  /** The level of the log, for shims: `debug` and `trace` make them talk. */
  readonly logLevel?: string;
  /** Gives up the start. */
  readonly signal?: AbortSignal;
}

/** A daemon that serves. Disposing it stops the servers and closes all plugins in reverse order; containers go on. */
export interface Daemon extends AsyncDisposable {
  readonly plugins: PluginSet;
  readonly root: string;
  readonly state: string;
  /** Addresses of the servers that serve. */
  readonly addresses: readonly string[];
}

/**
 * Boots a daemon: directories, plugins in order, then the servers, then what registered readiness.
 * @throws when the root is taken, a required plugin fails, or a server cannot serve. What was started is stopped then.
 */
export async function createDaemon(options: DaemonOptions): Promise<Daemon> {
  const { config = defaultConfig(), log = silent, signal } = options;
  const { root, state } = directoriesOf(options, config);
  await using stack = new AsyncDisposableStack();
  await makeDirectories(root, state, config.temp);
  stack.use(lockRoot(root));
  for (const error of await cleanTemporaryMounts(join(root, "tmpmounts")))
    log.warn({ error: wireMessage(error) }, "failed to undo a temporary mount");
  await adjustProcess(config, log);
  const tables = serverTables(options, config);
  const plugins = await startPlugins({
    plugins: options.plugins,
    config: tables,
    disabled: config.disabled_plugins,
    required: config.required_plugins,
    root,
    state,
    log,
    platform: formatPlatform(hostPlatform()),
    properties: propertiesOf(options, config, tables, root),
    ...(signal && { signal }),
  });
  stack.use(plugins);
  const addresses: string[] = [];
  for (const { type, uri, instance } of plugins.loaded()) {
    if (type !== ServerPlugin) continue;
    const server = instance as Server;
    signal?.throwIfAborted();
    await unlessAborted(
      plugins.runAs(uri, () => server.start()),
      signal,
    );
    addresses.push(server.address);
  }
  await unlessAborted(plugins.ready(), signal);
  const all = stack.move();
  return { plugins, root, state, addresses, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** Settles as `work` does, unless the start is given up meanwhile. */
async function unlessAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  const given = Promise.withResolvers<never>();
  const giveUp = () => given.reject(signal?.reason);
  signal?.addEventListener("abort", giveUp, { once: true });
  try {
    await Promise.race([work, given.promise]);
    signal?.throwIfAborted();
  } finally {
    signal?.removeEventListener("abort", giveUp);
  }
}

function directoriesOf(
  options: DaemonOptions,
  config: Config,
): { readonly root: string; readonly state: string } {
  const root = options.root ?? (config.root || DEFAULTS.root);
  const state = options.state ?? (config.state || DEFAULTS.state);
  if (root === "") throw new InvalidArgumentError("root must be specified", { bare: true });
  if (state === "") throw new InvalidArgumentError("state must be specified", { bare: true });
  if (resolve(root) === resolve(state))
    throw new InvalidArgumentError("root and state must be different paths", { bare: true });
  return { root: resolve(root), state: resolve(state) };
}

async function makeDirectories(root: string, state: string, temp: string): Promise<void> {
  await making("root", root, async () => {
    await mkdir(root, { recursive: true, mode: 0o700 });
    await chmod(root, 0o700);
  });
  await making("state", state, () => mkdir(state, { recursive: true, mode: 0o711 }));
  if (temp === "") return;
  await mkdir(temp, { recursive: true, mode: 0o700 });
  process.env["TMPDIR"] = temp;
}

async function making(what: "root" | "state", path: string, make: () => Promise<unknown>): Promise<void> {
  const [made] = await Promise.allSettled([make()]);
  if (made.status === "fulfilled") return;
  throw new Error(`the ${what} ${path} cannot be made; give --${what} a directory this user may write to`, {
    cause: (await whyNotWritable(path)) ?? made.reason,
  });
}

/** What forbids making `path`: Node says ENOENT where the file system is read-only. */
async function whyNotWritable(path: string): Promise<unknown> {
  for (let directory = path; ; directory = dirname(directory)) {
    try {
      await access(directory, constants.W_OK);
      return undefined;
    } catch (error) {
      if (!isErrno(error, "ENOENT")) return error;
    }
  }
}

async function adjustProcess({ oom_score, cgroup }: Config, log: Logger): Promise<void> {
  if (oom_score !== 0)
    await writeFile("/proc/self/oom_score_adj", String(oom_score)).catch((error: unknown) =>
      log.warn({ error: wireMessage(error), oom_score }, "failed to set the OOM score"),
    );
  // Version 2 has one hierarchy, in which the cgroup must be there.
  if (cgroup.path !== "")
    await writeFile(join("/sys/fs/cgroup", cgroup.path, "cgroup.procs"), String(process.pid));
}

/** The plugins' tables, with the addresses the servers get when neither the caller nor the file names one. */
function serverTables({ address }: DaemonOptions, config: Config): Record<string, unknown> {
  const grpc = pluginTable(config, GRPC_SERVER);
  const ttrpc = pluginTable(config, TTRPC_SERVER);
  const { uid, gid } = grpc;
  const owner = { ...(uid !== undefined && { uid }), ...(gid !== undefined && { gid }) };
  const { grpcAddress, ttrpcAddress } = addressesOf(address, grpc, ttrpc);
  return {
    ...config.plugins,
    [GRPC_SERVER]: { ...grpc, address: grpcAddress },
    [TTRPC_SERVER]: { ...owner, ...ttrpc, address: ttrpcAddress },
  };
}

/** In containerd the ttrpc address does not follow the gRPC one of the file, and shims then miss the daemon. */
function addressesOf(given: string | undefined, grpc: Table, ttrpc: Table) {
  const grpcAddress = given ?? grpc["address"] ?? DEFAULTS.address;
  const following = typeof grpcAddress === "string" ? `${grpcAddress}.ttrpc` : undefined;
  return { grpcAddress, ttrpcAddress: ttrpc["address"] ?? following };
}

/** What plugins are told of the daemon they run in (reference 00 §1.3). */
function propertiesOf(
  { version = "", revision = "", logLevel = "" }: DaemonOptions,
  { timeouts }: Config,
  tables: Readonly<Record<string, unknown>>,
  root: string,
): Record<string, string> {
  const addressOf = (uri: string) => {
    const table = tables[uri];
    return isTable(table) ? textAt(table, "address") : "";
  };
  return {
    ...timeouts,
    "io.containerd.plugin.grpc.address": addressOf(GRPC_SERVER),
    "io.containerd.plugin.ttrpc.address": addressOf(TTRPC_SERVER),
    "davit.version": version,
    "davit.revision": revision,
    "davit.log-level": logLevel,
    "davit.root": root,
    "davit.temporary-mounts": join(root, "tmpmounts"),
  };
}
