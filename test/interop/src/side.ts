import { mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import {
  startDaemon,
  temporaryDirectory,
  testNamespace,
  type RunningDaemon,
  type TemporaryDirectory,
} from "@davit/test-support";
import { Ctr } from "./ctr.ts";
import type { Generation } from "./generation.ts";

/** How the daemon of a side is started in its directory. */
export interface Launch {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * A daemon with root, state, sockets and namespace of its own, and a `ctr` that talks to it. Disposing it ends the daemon and its
 * containers, and leaves no file, mount or cgroup. So does the end of this process, however it comes.
 */
export class Side implements AsyncDisposable {
  readonly namespace: string;
  readonly address: string;
  readonly fifoDir: string;
  readonly ctr: Ctr;
  readonly #directory: TemporaryDirectory;
  readonly #launch: (side: Side) => Launch;
  #daemon: RunningDaemon | undefined;

  constructor(generation: Generation, launch: (side: Side) => Launch) {
    this.namespace = testNamespace();
    // The same length on every side: it shows in columns.
    this.#directory = temporaryDirectory("davit-interop-", { namespaces: [this.namespace] });
    this.address = this.path("d.sock");
    this.fifoDir = this.path("fifo");
    mkdirSync(this.fifoDir, { mode: 0o700 });
    this.#launch = launch;
    this.ctr = new Ctr({
      program: generation.ctr,
      address: this.address,
      namespace: this.namespace,
      directory: this.path(),
      fifoDir: this.fifoDir,
    });
  }

  /** A path in the private directory. */
  path(...names: string[]): string {
    return this.#directory.join(...names);
  }

  get daemon(): RunningDaemon {
    if (this.#daemon === undefined) throw new Error("the daemon is not running");
    return this.#daemon;
  }

  /** Starts the daemon; also again after it has ended. */
  async start(): Promise<this> {
    const { program, args, env = {} } = this.#launch(this);
    this.#daemon = await startDaemon({
      program,
      args,
      env,
      listens: this.address,
      logFile: this.path("log"),
    });
    return this;
  }

  /** Sends a signal to the process that was started. @returns how it ended. */
  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<number | string> {
    process.kill(this.daemon.pid, signal);
    return this.daemon.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Background commands first: they would complain of a daemon that goes away.
    await this.ctr[Symbol.asyncDispose]();
    await this.#daemon?.[Symbol.asyncDispose]();
    await this.#directory[Symbol.asyncDispose]();
  }
}

/** The program as it is installed. */
export const DAVITD: string = resolve(import.meta.dirname, "../../../node_modules/.bin/davitd");
const pathWith = (folder: string): Record<string, string> => ({
  PATH: `${folder}${delimiter}${process.env["PATH"] ?? ""}`,
});

/** Arguments that keep a davitd in the directory of a side. */
export const places = (side: Side): string[] => [
  "--root",
  side.path("root"),
  "--state",
  side.path("state"),
  "--address",
  side.address,
];

/** A davitd that uses the shim of a generation. @param args more of its arguments. */
export function startDavitd(generation: Generation, args: readonly string[] = []): Promise<Side> {
  return started(
    new Side(generation, (side) => ({
      program: DAVITD,
      args: [...places(side), ...args],
      env: pathWith(generation.shims),
    })),
  );
}

/** Plugins of containerd 1 and 2 that would touch the machine outside of the private directory. */
const DISABLED = [
  "io.containerd.cri.v1.images",
  "io.containerd.cri.v1.runtime",
  "io.containerd.grpc.v1.cri",
  "io.containerd.internal.v1.opt",
  "io.containerd.internal.v1.restart",
  "io.containerd.internal.v1.tracing",
  "io.containerd.nri.v1.nri",
  "io.containerd.tracing.processor.v1.otlp",
];

/** The containerd of a generation. */
export function startContainerd(generation: Generation): Promise<Side> {
  return started(
    new Side(generation, (side) => {
      const config = side.path("config.toml");
      // Version 2 is read by containerd 1.6 and by every later one.
      writeFileSync(
        config,
        `version = 2
root = ${JSON.stringify(side.path("root"))}
state = ${JSON.stringify(side.path("state"))}
disabled_plugins = ${JSON.stringify(DISABLED)}
[grpc]
address = ${JSON.stringify(side.address)}
[ttrpc]
address = ${JSON.stringify(`${side.address}.ttrpc`)}
`,
      );
      return { program: generation.containerd, args: ["--config", config], env: pathWith(generation.shims) };
    }),
  );
}

async function started(side: Side): Promise<Side> {
  try {
    return await side.start();
  } catch (err) {
    await side[Symbol.asyncDispose]();
    throw err;
  }
}

export const shimOf = ({ shims }: Generation): string => join(shims, "containerd-shim-runc-v2");
