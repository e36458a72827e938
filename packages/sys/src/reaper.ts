// Exits of children that Node did not start: by pid, never waitpid(-1), which would take those of `child_process`.
import { isMainThread } from "node:worker_threads";
import { waitpid, type ExitStatus } from "./process.ts";

interface Waiting {
  readonly exited: Promise<ExitStatus>;
  readonly resolve: (status: ExitStatus) => void;
  readonly reject: (error: unknown) => void;
}

// SIGCHLD tells the main thread at once; the timer keeps the event loop alive, and serves workers, which get no signals.
const SWEEP_MS = isMainThread ? 1000 : 20;

const children = new Map<number, Waiting>();
let timer: NodeJS.Timeout | undefined;

/**
 * Waits for the child `pid` to end, and reaps it. The pid of a child cannot be used again before that, so a call
 * after its end is as good as one before. The event loop is kept alive meanwhile.
 *
 * @param pid a child of this process that `child_process` does not own: one of `spawn`, or an adopted orphan.
 * @returns how it ended; rejects with a SystemError (ECHILD) when it is no child of ours.
 */
export function waitForExit(pid: number): Promise<ExitStatus> {
  const known = children.get(pid);
  if (known) return known.exited;
  const { promise, resolve, reject } = Promise.withResolvers<ExitStatus>();
  children.set(pid, { exited: promise, resolve, reject });
  if (timer === undefined) start();
  reap(pid); // it may have ended before we listened
  return promise;
}

function start(): void {
  timer = setInterval(sweep, SWEEP_MS);
  if (isMainThread) process.on("SIGCHLD", sweep);
}

function stop(): void {
  clearInterval(timer);
  timer = undefined;
  process.removeListener("SIGCHLD", sweep);
}

/** Signals coalesce: one may mean several exits, so all are asked. */
function sweep(): void {
  for (const pid of children.keys()) reap(pid);
}

function reap(pid: number): void {
  const waiting = children.get(pid);
  if (!waiting) return;
  try {
    const status = waitpid(pid);
    if (!status) return;
    waiting.resolve(status);
  } catch (error) {
    waiting.reject(error);
  }
  children.delete(pid);
  if (children.size === 0) stop();
}
