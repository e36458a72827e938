import { closeSync } from "node:fs";
import { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { kill, pipe, spawn, type ExitStatus } from "@davit/sys";

/** A program to run to its end. */
export interface Command {
  /** Absolute path; also its argv[0]. */
  readonly path: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly cwd?: string | undefined;
  /** Written to a pipe that is its stdin; absent is `/dev/null`. */
  readonly input?: Uint8Array | undefined;
  /** Gives stdout and stderr as one, in the order they were written. */
  readonly combined?: boolean | undefined;
  /** Whether it leads a process group of its own (default), or stays in the daemon's. */
  readonly group?: boolean | undefined;
  /** Kills it, and its group. */
  readonly signal?: AbortSignal | undefined;
}

/** What a program wrote, and how it ended. `stderr` is empty where both were combined. */
export interface CommandResult {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly status: ExitStatus;
}

/** A program that ended has written all it will; a child of its that keeps the pipe open is not waited for. */
const DRAIN_MS = 500;

/**
 * Runs a program by posix_spawn, without a fork of the daemon's heap.
 * @throws SystemError when it cannot be started; the signal's reason when that came first.
 */
export async function runCommand(command: Command): Promise<CommandResult> {
  const { path, args, env, cwd, input, combined = false, group = true, signal } = command;
  signal?.throwIfAborted();
  using pipes = new Pipes();
  let child;
  try {
    const stdin = input === undefined ? "ignore" : pipes.toChild();
    const stdout = pipes.fromChild();
    const stderr = combined ? stdout : pipes.fromChild();
    child = spawn(path, {
      argv: [path, ...args],
      stdio: [stdin, stdout, stderr],
      ...(env && { env }),
      ...(cwd !== undefined && { cwd }),
      ...(group && { processGroup: 0 }),
    });
  } catch (error) {
    pipes.abandon();
    throw error;
  }
  const onAbort = (): void => killQuietly(group ? -child.pid : child.pid);
  signal?.addEventListener("abort", onAbort);
  try {
    const outputs = pipes.started(input);
    const status = await child.exited;
    const [out, err = Buffer.alloc(0)] = await outputs.drained(DRAIN_MS);
    return { stdout: out ?? Buffer.alloc(0), stderr: err, status };
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

function killQuietly(pid: number): void {
  try {
    kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

/** How a program ended, in the words of Go's os/exec. */
export function exitText({ exitCode, signal }: ExitStatus): string {
  return signal === null ? `exit status ${exitCode}` : `signal: ${signal}`;
}

/** The pipes of one child: both ends until it is started, then ours alone. */
class Pipes implements Disposable {
  readonly #childEnds: number[] = [];
  #input: number | undefined;
  #writer: Socket | undefined;
  readonly #outputs: number[] = [];

  toChild(): number {
    const { read, write } = pipe();
    this.#childEnds.push(read);
    this.#input = write;
    return read;
  }

  fromChild(): number {
    const { read, write } = pipe();
    this.#childEnds.push(write);
    this.#outputs.push(read);
    return write;
  }

  abandon(): void {
    const own = this.#input === undefined ? this.#outputs : [...this.#outputs, this.#input];
    for (const fd of [...this.#childEnds, ...own]) closeSync(fd);
  }

  /** Closes the child's ends, writes its input and begins to read. */
  started(input: Uint8Array | undefined): Outputs {
    for (const fd of this.#childEnds) closeSync(fd);
    if (this.#input !== undefined) {
      this.#writer = new Socket({ fd: this.#input, readable: false, writable: true });
      this.#writer.on("error", () => {}); // a program need not read its input
      this.#writer.end(input ?? new Uint8Array());
    }
    return new Outputs(this.#outputs);
  }

  /** Stops writing to a program that ended without reading. */
  [Symbol.dispose](): void {
    this.#writer?.destroy();
  }
}

/** What a child writes, collected. */
class Outputs {
  readonly #sockets: readonly Socket[];
  readonly #chunks: readonly Buffer[][];
  readonly #ended: Promise<unknown>;

  constructor(fds: readonly number[]) {
    this.#sockets = fds.map((fd) => new Socket({ fd, readable: true, writable: false }));
    this.#chunks = this.#sockets.map((socket) => {
      const chunks: Buffer[] = [];
      socket.on("data", (chunk: Buffer) => chunks.push(chunk));
      socket.on("error", () => {});
      return chunks;
    });
    this.#ended = Promise.all(
      this.#sockets.map((socket) => new Promise((resolve) => socket.once("close", resolve))),
    );
  }

  async drained(limitMs: number): Promise<Buffer[]> {
    const timer = new AbortController();
    await Promise.race([this.#ended, sleep(limitMs, undefined, { signal: timer.signal }).catch(() => {})]);
    timer.abort();
    for (const socket of this.#sockets) socket.destroy();
    return this.#chunks.map((chunks) => Buffer.concat(chunks));
  }
}
