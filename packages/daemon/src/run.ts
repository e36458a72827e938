import { existsSync } from "node:fs";
import { wireMessage } from "@davit/errdefs";
import { createLogger, parseLogLevel, type DaemonLogger, type LogFormat } from "@davit/log";
import { unhandled, type PluginDefinition } from "@davit/plugin";
import { formatDuration } from "@davit/time";
import { parseCommandLine, usage, type CommandLine } from "./command-line.ts";
import { dumpConfig, problemsOf } from "./config-command.ts";
import { defaultConfig, loadConfig, type LoadedConfig } from "./config/load.ts";
import type { Config } from "./config/schema.ts";
import { createDaemon, type Daemon } from "./daemon.ts";
import { DEFAULTS } from "./paths.ts";

/** A daemon as a program: what its main module hands over. */
export interface DaemonProgram {
  /** As it is called, such as `davitd`. */
  readonly name: string;
  readonly version: string;
  readonly revision?: string;
  readonly plugins: readonly PluginDefinition[];
}

/**
 * The whole life of a daemon process: arguments, configuration, boot, signals, exit code. It ends the process.
 * SIGTERM and SIGINT stop it in order (exit 0); during the start they give it up (exit 1). Containers go on either way.
 */
export async function runDaemon(
  program: DaemonProgram,
  args: readonly string[] = process.argv.slice(2),
): Promise<void> {
  try {
    const line = parseCommandLine(args);
    if (line.command === "help") process.stdout.write(usage(program.name));
    else if (line.command === "version")
      process.stdout.write(`${program.name} ${program.version} ${program.revision ?? ""}\n`);
    else if (line.command === "run") await serve(program, line);
    else process.exitCode = await configCommand(program, line);
  } catch (error) {
    process.stderr.write(`${program.name}: ${wireMessage(error)}\n`);
    process.exit(1);
  }
}

function load({ config, command }: CommandLine): LoadedConfig {
  // containerd prints the defaults for a file that is not there yet.
  const mayBeAbsent = config === undefined || command === "config dump" || command === "config migrate";
  if (mayBeAbsent && !existsSync(config ?? DEFAULTS.config))
    return { config: defaultConfig(), files: [], unknownKeys: [], warnings: [] };
  return loadConfig(config ?? DEFAULTS.config);
}

async function configCommand({ plugins }: DaemonProgram, line: CommandLine): Promise<number> {
  if (line.command === "config default") {
    const config = { ...defaultConfig(), root: DEFAULTS.root, state: DEFAULTS.state };
    process.stdout.write(`${await dumpConfig(config, plugins)}\n`);
    return 0;
  }
  const loaded = load(line);
  if (line.command !== "config check") {
    process.stdout.write(`${await dumpConfig(loaded.config, plugins)}\n`);
    return 0;
  }
  const problems = await problemsOf(loaded, plugins);
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  if (problems.length === 0) process.stdout.write(`${loaded.files.join(", ") || "the defaults"}: in order\n`);
  return problems.length === 0 ? 0 : 1;
}

async function serve(program: DaemonProgram, line: CommandLine): Promise<void> {
  const { config, unknownKeys, warnings } = load(line);
  const level = parseLogLevel(line.logLevel ?? (config.debug.level || "info"));
  const log = createLogger({ level, format: formatOf(config, line) });
  const stop = stopSignal();
  process.on("SIGUSR1", () => logResources(log));
  catchStray(log);
  log.info({ version: program.version, revision: program.revision ?? "" }, `starting ${program.name}`);
  for (const warning of warnings) log.warn({}, warning);
  for (const unknown of unknownKeys) log.warn({ ...unknown }, "Ignoring unknown key in TOML");
  const { root, state, address } = line;
  const daemon = await createDaemon({
    ...program,
    config,
    root,
    state,
    address,
    log,
    logLevel: level,
    signal: stop,
  });
  // Since the process began: what an operator waits for, the loading of the program included.
  const booted = BigInt(Math.round(performance.now())) * 1_000_000n;
  log.info({}, `${program.name} successfully booted in ${formatDuration(booted)}`);
  if (!stop.aborted) await new Promise((stopped) => stop.addEventListener("abort", stopped, { once: true }));
  log.info({ signal: stop.reason instanceof Error ? stop.reason.message : "" }, `stopping ${program.name}`);
  process.exit(await stopped(daemon, log));
}

async function stopped(daemon: Daemon, log: DaemonLogger): Promise<number> {
  try {
    await daemon[Symbol.asyncDispose]();
  } catch (error) {
    log.error({ error }, "plugins failed to stop");
  }
  return 0;
}

function formatOf({ debug }: Config, { logFormat }: CommandLine): LogFormat {
  const format = logFormat ?? (debug.format || "text");
  if (format === "text" || format === "json") return format;
  throw new Error(`unknown log format "${format}", use text or json`);
}

/** Aborted by the first SIGTERM or SIGINT; a second one ends the process at once. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const)
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(1);
      controller.abort(new Error(`${name} received`));
    });
  process.on("SIGPIPE", () => undefined);
  return controller.signal;
}

/** containerd writes its stacks at this signal. Node by itself would open a debugger that any user of the machine can reach. */
function logResources(log: DaemonLogger): void {
  const { rss, heapUsed, external } = process.memoryUsage();
  const resources = Object.groupBy(process.getActiveResourcesInfo(), (name) => name);
  const counts = Object.entries(resources).map(([name, list = []]) => `${name}=${list.length}`);
  log.info({ rss, heapUsed, external, resources: counts.toSorted() }, "SIGUSR1: what the process holds");
}

/** What a plugin throws later fails that plugin; what is nobody's ends the daemon, and containers go on. */
function catchStray(log: DaemonLogger): void {
  const stray = (error: unknown) => {
    if (unhandled(error)) log.error({ error }, "a plugin failed after it was loaded");
    else {
      log.panic(
        { error, stack: error instanceof Error ? error.stack : undefined },
        "an error that nobody caught",
      );
      process.exit(1);
    }
  };
  process.on("uncaughtException", stray);
  process.on("unhandledRejection", stray);
}
