import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { startDaemon, type DaemonOptions, type RunningDaemon } from "./daemon.ts";
import { temporaryDirectory, type TemporaryDirectory } from "./temporary-directory.ts";

/** A daemon with containerd's API, and what it was given for itself. */
export interface PrivateDaemon extends RunningDaemon {
  /** The gRPC socket. */
  readonly address: string;
  /** The private directory; root and state lie in it. */
  readonly directory: string;
  /** A namespace that nobody else uses: cgroups of containers in it are removed at the end. */
  readonly namespace: string;
  /** A directory for FIFOs. */
  readonly fifoDir: string;
  /** Ends the daemon, with SIGTERM or the signal given, and starts it again. Its containers go on. */
  restart(signal?: NodeJS.Signals): Promise<void>;
}

/** How the program is started in its directory. */
export type Launch = (
  directory: TemporaryDirectory,
  address: string,
) => Omit<DaemonOptions, "listens" | "logFile">;

/** A namespace of a test. */
export const testNamespace = (): string => `test-${randomBytes(6).toString("hex")}`;

/** Starts a daemon with a directory, sockets and a namespace of its own. It ends with its containers. */
export async function startPrivateDaemon(name: string, launch: Launch): Promise<PrivateDaemon> {
  const namespace = testNamespace();
  await using stack = new AsyncDisposableStack();
  const directory = stack.use(temporaryDirectory(`davit-${name}-`, { namespaces: [namespace] }));
  const address = directory.join("d.sock");
  const fifoDir = directory.join("fifo");
  mkdirSync(fifoDir, { mode: 0o700 });
  const options = { ...launch(directory, address), listens: address, logFile: directory.join("log") };
  let daemon = await startDaemon(options);
  stack.defer(() => daemon[Symbol.asyncDispose]());
  const owned = stack.move();
  return {
    get pid() {
      return daemon.pid;
    },
    get ended() {
      return daemon.ended;
    },
    log: () => daemon.log(),
    address,
    directory: directory.path,
    namespace,
    fifoDir,
    async restart(signal = "SIGTERM") {
      process.kill(daemon.pid, signal);
      await daemon.ended;
      daemon = await startDaemon(options);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
