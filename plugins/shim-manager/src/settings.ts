import { dirname } from "node:path";
import type { InitContext } from "@davit/plugin";
import { parseDuration } from "@davit/time";

/** Levels of the daemon's log, as BootstrapParams name them. */
export type LogLevelName = "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "panic";

/** What shims are told of the daemon. */
export interface DaemonFacts {
  readonly grpcAddress: string;
  readonly ttrpcAddress: string;
  /** As the version service answers it. */
  readonly version: string;
  /** The program that answers `publish`; given to shims as `-publish-binary`. */
  readonly executable: string;
  readonly logLevel: LogLevelName;
}

/** How long things may take, in milliseconds. */
export interface Timeouts {
  /** Connecting to a shim that says it serves. */
  readonly connectMs: number;
  /** All it takes to load one shim of an earlier run. */
  readonly loadMs: number;
  /** The `delete` command. */
  readonly cleanupMs: number;
  /** The answer to Shutdown, and the end of the connection after it. */
  readonly shutdownMs: number;
  /** The `-info` command. */
  readonly infoMs: number;
}

export const DEFAULT_TIMEOUTS: Timeouts = {
  connectMs: 100_000,
  loadMs: 5000,
  cleanupMs: 5000,
  shutdownMs: 3000,
  infoMs: 10_000,
};

/** Names of `ctx.properties` that are read here. The first two are containerd's. */
export const PROPERTIES = {
  grpcAddress: "io.containerd.plugin.grpc.address",
  ttrpcAddress: "io.containerd.plugin.ttrpc.address",
  version: "davit.version",
  executable: "davit.executable",
  logLevel: "davit.log-level",
} as const;

type Context = Pick<InitContext, "properties" | "state">;

/** The facts among the properties that the host program gives all plugins; addresses default to sockets in the state directory. */
export function daemonFacts({ properties, state }: Context): DaemonFacts {
  const grpcAddress = properties[PROPERTIES.grpcAddress] || `${dirname(state)}/davit.sock`;
  const logLevel = properties[PROPERTIES.logLevel] ?? "info";
  return {
    grpcAddress,
    ttrpcAddress: properties[PROPERTIES.ttrpcAddress] || `${grpcAddress}.ttrpc`,
    version: properties[PROPERTIES.version] || "unknown",
    executable: properties[PROPERTIES.executable] || process.execPath,
    logLevel: isLevel(logLevel) ? logLevel : "info",
  };
}

const levels = ["trace", "debug", "info", "warn", "error", "fatal", "panic"] as const;
const isLevel = (text: string): text is LogLevelName => (levels as readonly string[]).includes(text);

/** The table `[timeouts]` of the configuration, where properties carry it: `io.containerd.timeout.shim.load` = `5s`, … */
export function timeoutsOf({ properties }: Pick<Context, "properties">): Timeouts {
  const ms = (key: string, otherwise: number): number => {
    const duration = parseDuration(properties[`io.containerd.timeout.${key}`] ?? "");
    return duration === undefined || duration <= 0n ? otherwise : Number(duration / 1_000_000n);
  };
  return {
    ...DEFAULT_TIMEOUTS,
    loadMs: ms("shim.load", DEFAULT_TIMEOUTS.loadMs),
    cleanupMs: ms("shim.cleanup", DEFAULT_TIMEOUTS.cleanupMs),
    shutdownMs: ms("shim.shutdown", DEFAULT_TIMEOUTS.shutdownMs),
  };
}
