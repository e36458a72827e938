import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { connect, type Client } from "@davit/client";
import {
  buildBusyboxImage,
  containerdMissing,
  davitdMissing,
  needs,
  pushImage,
  runQuickly,
  startRegistry,
  type Containerd,
  type Finished,
  type Registry,
  type RunOptions,
} from "@davit/test-support";

const registryMissing = needs("docker-registry", "busybox");

/** Why the tests against containerd cannot run here. */
export const containerdBenchMissing: string | false = containerdMissing() || registryMissing;
/** Why the tests against davitd cannot run here. */
export const davitdBenchMissing: string | false = davitdMissing() || registryMissing;

/** A daemon that davit works with. */
export interface DaemonKind {
  readonly name: "containerd" | "davitd";
  /** Why it cannot run here. */
  readonly missing: string | false;
  readonly start: () => Promise<Containerd>;
}

/** The program, as compiled: the bundle is made of it. */
export const MAIN: string = join(import.meta.dirname, "../main.js");

/** davit with a daemon, and a registry with an image, for one test file. */
export interface Bench extends AsyncDisposable {
  readonly daemon: Containerd;
  readonly registry: Registry;
  /** To see what davit did. */
  readonly client: Client;
  /** The image in the registry. */
  readonly image: string;
  /** The variables by which davit finds the daemon. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs davit to its end. */
  davit(args: readonly string[], options?: RunOptions): Promise<Finished>;
  /** Runs davit and expects it to succeed; its standard output. */
  ok(...args: string[]): Promise<string>;
  /** Starts davit. */
  start(...args: string[]): Running;
}

/** A davit that runs. */
export interface Running {
  readonly child: ChildProcess;
  /** Exit code, or the name of the signal. */
  readonly ended: Promise<number | string>;
  stdout(): string;
  stderr(): string;
  /** Waits until what it has printed, on either stream, matches. */
  saw(pattern: RegExp): Promise<void>;
}

export async function startBench(startDaemon: DaemonKind["start"]): Promise<Bench> {
  await using stack = new AsyncDisposableStack();
  const registry = stack.use(await startRegistry());
  const image = await pushImage(registry, "test/busybox:1", buildBusyboxImage());
  const daemon = stack.use(await startDaemon());
  const env = {
    CONTAINERD_ADDRESS: daemon.address,
    CONTAINERD_NAMESPACE: daemon.namespace,
    DAVIT_FIFO_DIR: daemon.fifoDir,
  };
  const { address, namespace } = daemon;
  const client = stack.use(connect({ address, namespace }));
  const owned = stack.move();
  const davit = (args: readonly string[], options: RunOptions = {}): Promise<Finished> =>
    runQuickly(process.execPath, [MAIN, ...args], { ...options, env: { ...env, ...options.env } });
  return {
    daemon,
    registry,
    client,
    image,
    env,
    davit,
    async ok(...args) {
      const { code, signal, stdout, stderr } = await davit(args);
      if (code !== 0) throw new Error(`davit ${args.join(" ")}: ${code ?? signal}\n${stderr}`);
      return stdout;
    },
    start: (...args) => start(args, env),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function start(args: readonly string[], env: Readonly<Record<string, string>>): Running {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, ...env }, stdio: "pipe" });
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  const ended = new Promise<number | string>((resolve) =>
    child.once("close", (code, signal) => resolve(code ?? signal ?? 0)),
  );
  return {
    child,
    ended,
    stdout: () => out,
    stderr: () => err,
    async saw(pattern) {
      for (let tries = 0; !pattern.test(out) && !pattern.test(err); tries++) {
        if (tries > 1000) throw new Error(`never saw ${pattern} in:\n${out}${err}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
  };
}
