import { randomBytes } from "node:crypto";
import { finished, type Readable, type Writable } from "node:stream";
import { isNotFound } from "@davit/errdefs";
import type { Container } from "./container.ts";
import { createContainer, type NewContainer } from "./new-container.ts";
import type { IoOptions } from "./process-io.ts";
import type { Process } from "./process.ts";
import type { Session } from "./session.ts";
import type { Task } from "./task.ts";

/** What a process reads and where its output goes. */
export interface Stdio {
  /** Absent: the process has no input. */
  readonly stdin?: Readable | undefined;
  /** Absent: discarded. They are not ended. */
  readonly stdout?: Writable | undefined;
  readonly stderr?: Writable | undefined;
  /** A terminal: one output, and the input as it is typed. */
  readonly terminal?: boolean | undefined;
}

/** How a container is run. */
export interface RunOptions extends Omit<NewContainer, "id">, Stdio {
  /** Default random. */
  readonly id?: string | undefined;
  /** Remove the container and its snapshot at the end; default true. */
  readonly remove?: boolean | undefined;
  /** Called before the process is started: from now on it is there to get signals. */
  readonly onStarting?: ((task: Task) => void) | undefined;
  /** Called once the process runs. */
  readonly onStarted?: ((task: Task) => void) | undefined;
}

/**
 * Runs a container to its end and returns its exit code. The signal ends it with SIGKILL, and what was made is removed
 * then, too; so it is when it does not start.
 */
export async function run(session: Session, options: RunOptions): Promise<number> {
  const { id = randomBytes(8).toString("hex"), remove = true, onStarting, onStarted, signal } = options;
  const container = await createContainer(session, { ...options, id });
  let keep = false;
  try {
    await using task = await container.createTask({ io: ioOptions(options), signal });
    onStarting?.(task);
    const exitCode = await runProcess(task, options, () => {
      keep = !remove;
      onStarted?.(task);
    });
    await task.delete();
    if (!keep) await removeContainer(container);
    return exitCode;
  } catch (err) {
    // Why it failed says more than what the cleaning up meets then.
    if (!keep) await removeContainer(container).catch(() => undefined);
    throw err;
  }
}

/** The streams a process needs for what it is connected with. */
export const ioOptions = ({ stdin, terminal = false }: Stdio): IoOptions => ({
  stdin: stdin !== undefined,
  terminal,
});

/**
 * Starts a process, connects its streams, and waits for its end and theirs. Whoever aborts has it killed.
 * @returns its exit code.
 */
export async function runProcess(
  process: Process,
  { signal, ...stdio }: Stdio & { readonly signal?: AbortSignal | undefined },
  onStarted?: () => void,
): Promise<number> {
  signal?.throwIfAborted();
  const exit = process.wait();
  connect(process, stdio);
  await process.start({ signal });
  if (stdio.stdin) feed(process, stdio.stdin);
  onStarted?.();
  const stop = (): void => void process.kill("SIGKILL").catch(() => undefined);
  signal?.addEventListener("abort", stop, { once: true });
  try {
    if (signal?.aborted) stop();
    const { exitCode } = await exit;
    await process.io.drained();
    signal?.throwIfAborted();
    return exitCode;
  } finally {
    signal?.removeEventListener("abort", stop);
    if (process.io.stdin) stdio.stdin?.unpipe(process.io.stdin);
  }
}

/** Connects the outputs of a process: a reader that goes away ends the process, as a broken pipe does. */
function connect(process: Process, { stdout, stderr }: Stdio): void {
  const { io } = process;
  const kill = (): void => void process.kill("SIGKILL").catch(() => undefined);
  if (io.stdout) pipe(io.stdout, stdout, kill);
  if (io.stderr) pipe(io.stderr, stderr, kill);
}

/** Gives a process that has started its input, and the end of it. */
function feed(process: Process, stdin: Readable): void {
  const { stdin: into } = process.io;
  if (into === undefined) return;
  stdin.pipe(into, { end: false });
  finished(stdin, { writable: false }, () => void process.closeStdin().catch(() => undefined));
}

/** Lets an output flow to whoever reads it, or to nobody; `onGone` is called when the reader fails. */
function pipe(from: Readable, to: Writable | undefined, onGone: () => void): void {
  if (to === undefined) {
    from.resume();
    return;
  }
  const gone = (): void => {
    from.unpipe(to).resume();
    onGone();
  };
  from.pipe(to, { end: false });
  // After pipe's own listener, which would stop the flow.
  to.once("error", gone);
  from.once("close", () => to.off("error", gone));
}

/** Removes a container with its task and snapshot, as far as they are there. */
export async function removeContainer(container: Container): Promise<void> {
  const task = await container.taskIfAny();
  if (task !== undefined) {
    await task.kill("SIGKILL").catch(ignoreNotFound);
    await task.wait().catch(ignoreNotFound);
    await task.delete().catch(ignoreNotFound);
  }
  await container.delete().catch(ignoreNotFound);
}

function ignoreNotFound(err: unknown): void {
  if (!isNotFound(err)) throw err;
}
