import { join } from "node:path";
import { Version } from "@davit/api/services/version";
import { createClient, openChannel } from "@davit/grpc/client";
import { runQuickly, startDaemon } from "@davit/test-support";
import { pathOf, type Peer, type PeerSettings } from "./peers.ts";
import { makeScratch, type Scratch } from "./scratch.ts";

/** Where and how daemons are started in one run of the benchmarks. */
export interface Place {
  /** A directory that is removed with all that is in it. */
  readonly directory: string;
  /** A namespace that nobody else uses. */
  readonly namespace: string;
}

/** A daemon that serves, in a place that nobody has used before. Disposing it ends it and unmounts the place. */
export interface RunningPeer extends AsyncDisposable {
  readonly peer: Peer;
  readonly pid: number;
  readonly address: string;
  readonly namespace: string;
  readonly scratch: Scratch;
  /** From the start of its process until it had answered a call, in milliseconds. */
  readonly readyMs: number;
}

export interface StartOptions extends PeerSettings {
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a daemon and calls it once. */
export async function startPeer(
  peer: Peer,
  { directory, namespace }: Place,
  { env = {}, ...settings }: StartOptions = {},
): Promise<RunningPeer> {
  await using stack = new AsyncDisposableStack();
  const scratch = stack.use(await makeScratch(directory));
  const address = join(scratch.memory, "d.sock");
  const args = peer.args(scratch, address, settings);
  const start = performance.now();
  const daemon = stack.use(
    await startDaemon({
      program: peer.program,
      args,
      env: { PATH: pathOf(peer), ...env },
      listens: address,
      logFile: join(scratch.memory, "log"),
      pollMs: 1,
    }),
  );
  using channel = openChannel(address);
  await createClient(Version, channel).version({});
  const readyMs = performance.now() - start;
  const started = stack.move();
  return {
    peer,
    pid: daemon.pid,
    address,
    namespace,
    scratch,
    readyMs,
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

const TIMEOUT_MS = 600_000;

/** Runs a ctr against a daemon. @throws Error with its last words when it fails. */
export async function ctr(
  running: RunningPeer,
  args: readonly string[],
  program: string = running.peer.ctr,
): Promise<void> {
  const { address, namespace } = running;
  const all = ["--address", address, "--namespace", namespace, ...args];
  const { code, stdout, stderr } = await runQuickly(program, all, { timeoutMs: TIMEOUT_MS });
  if (code === 0) return;
  const words = `${stdout}\n${stderr}`.split("\n").findLast((line) => line.trim() !== "");
  throw new Error(`${program} ${args.join(" ")}: exit ${code}: ${words ?? ""}`);
}
