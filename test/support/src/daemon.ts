import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout } from "node:timers/promises";

/** A program that serves, and how one knows that it does. */
export interface DaemonOptions {
  readonly program: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Its socket: a path, or host and port. It is ready when somebody answers there. */
  readonly listens: string | { readonly host: string; readonly port: number };
  /** Where its output goes. */
  readonly logFile: string;
  /** Milliseconds; default 20,000. */
  readonly readyWithinMs?: number;
  /** Milliseconds between two looks whether it is ready; default 10. */
  readonly pollMs?: number;
}

/** A daemon that serves. Disposing it sends SIGTERM and waits; after ten seconds it is killed. */
export interface RunningDaemon extends AsyncDisposable {
  readonly pid: number;
  /** Resolves when it has ended, with its exit code or the name of the signal. */
  readonly ended: Promise<number | string>;
  /** What it has printed so far. */
  log(): string;
}

const GRACE_MS = 10_000;
const POLL_MS = 10;

/** Starts a daemon and waits until it answers. @throws Error with its output when it ends instead, or is too slow. */
export async function startDaemon(options: DaemonOptions): Promise<RunningDaemon> {
  const { program, args = [], env = {}, logFile, readyWithinMs = 20_000, pollMs = POLL_MS } = options;
  const out = openSync(logFile, "a");
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ["ignore", out, out] });
  closeSync(out);
  const ended = new Promise<number | string>((resolve) => {
    child.once("error", (err) => resolve(err.message));
    child.once("exit", (code, signal) => resolve(code ?? signal ?? 0));
  });
  const log = (): string => readFileSync(logFile, "utf8");
  const late = AbortSignal.timeout(readyWithinMs);
  let end: number | string | undefined;
  void ended.then((how) => (end = how));
  while (!(await answers(options.listens))) {
    if (end !== undefined || late.aborted) {
      child.kill("SIGKILL");
      throw new Error(`${program} ${end === undefined ? "is not ready in time" : `ended: ${end}`}\n${log()}`);
    }
    await setTimeout(pollMs);
  }
  return { pid: child.pid ?? 0, ended, log, [Symbol.asyncDispose]: () => stop(child, ended) };
}

async function stop(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  const killer = globalThis.setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
  await ended;
  clearTimeout(killer);
}

/** Whether somebody takes connections. */
function answers(listens: DaemonOptions["listens"]): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = typeof listens === "string" ? connect(listens) : connect(listens);
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
