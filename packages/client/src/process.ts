import { setTimeout } from "node:timers/promises";
import type { Process as ProcessRecord } from "@davit/api/types/task";
import { isUnavailable, NotFoundError, quote } from "@davit/errdefs";
import { fromTimestamp } from "@davit/time";
import type { ProcessIo } from "./process-io.ts";
import type { Abortable, Session } from "./session.ts";
import { parseSignal } from "./signals.ts";

/** How a process ended. */
export interface ExitStatus {
  /** Its exit code; 128 and the signal's number when a signal ended it. */
  readonly exitCode: number;
  /** Nanoseconds since 1970. */
  readonly exitedAt: bigint;
}

/** A process in a container: its first one (a task), or one executed in it. */
export class Process implements AsyncDisposable {
  readonly containerId: string;
  /** "" for a task. */
  readonly execId: string;
  readonly io: ProcessIo;
  protected readonly session: Session;
  #exit: Promise<ExitStatus> | undefined;

  constructor(session: Session, containerId: string, execId: string, io: ProcessIo) {
    this.session = session;
    this.containerId = containerId;
    this.execId = execId;
    this.io = io;
  }

  /** Starts it, and returns its pid. */
  async start(options: Abortable = {}): Promise<number> {
    const { pid } = await this.session.services.tasks.start(this.#ids, options);
    this.io.started();
    return pid;
  }

  /**
   * Resolves when the process has ended. Ask before `start` for the exit of one that may end at once. It is asked
   * for once; `signal` ends only this wait. A daemon that is started anew meanwhile is waited for, up to a minute.
   */
  async wait({ signal }: Abortable = {}): Promise<ExitStatus> {
    signal?.throwIfAborted();
    this.#exit ??= this.#wait();
    if (signal === undefined) return await this.#exit;
    const { promise, reject } = Promise.withResolvers<never>();
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener("abort", abort, { once: true });
    try {
      return await Promise.race([this.#exit, promise]);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /**
   * Sends a signal.
   * @param signal `SIGTERM`, `term` or a number.
   * @param options `all` sends it to every process of the container.
   * @throws NotFoundError when the process has ended; InvalidArgumentError for a signal that is none.
   */
  async kill(
    signal: string | number,
    { all = false, ...options }: Abortable & { all?: boolean } = {},
  ): Promise<void> {
    const number = parseSignal(signal);
    await this.session.services.tasks.kill({ ...this.#ids, signal: number, all }, options);
  }

  /** Tells a terminal its size, in characters. */
  async resize(columns: number, rows: number, options: Abortable = {}): Promise<void> {
    await this.session.services.tasks.resizePty({ ...this.#ids, width: columns, height: rows }, options);
  }

  /** Ends `io.stdin`, and lets the process see the end when it has read what was written. To be called after `start`. */
  async closeStdin(options: Abortable = {}): Promise<void> {
    await this.io.endStdin();
    await this.session.services.tasks.closeIO({ ...this.#ids, stdin: true }, options);
  }

  /** What the daemon knows of it. @throws NotFoundError. */
  async status(options: Abortable = {}): Promise<ProcessRecord> {
    const { process } = await this.session.services.tasks.get(this.#ids, options);
    if (process === undefined) throw new NotFoundError(`process ${quote(this.execId || this.containerId)}`);
    return process;
  }

  /** Removes it, and its streams. @throws FailedPreconditionError while it runs. */
  async delete(options: Abortable = {}): Promise<ExitStatus> {
    const { tasks } = this.session.services;
    const { containerId, execId } = this;
    const answer = await (execId === ""
      ? tasks.delete({ containerId }, options)
      : tasks.deleteProcess({ containerId, execId }, options));
    await this.io[Symbol.asyncDispose]();
    return { exitCode: answer.exitStatus, exitedAt: fromTimestamp(answer.exitedAt) };
  }

  /** Lets go of its streams. The process goes on. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.io[Symbol.asyncDispose]();
  }

  get #ids(): { containerId: string; execId: string } {
    return { containerId: this.containerId, execId: this.execId };
  }

  #wait(): Promise<ExitStatus> {
    const exit = this.#askForExit();
    // Who waited may have been called away; the failure is theirs who ask again.
    exit.catch(() => undefined);
    return exit;
  }

  async #askForExit(): Promise<ExitStatus> {
    for (let patience = 0; ;) {
      const asked = Date.now();
      try {
        const { exitStatus, exitedAt } = await this.session.services.tasks.wait(this.#ids);
        return { exitCode: exitStatus, exitedAt: fromTimestamp(exitedAt) };
      } catch (err) {
        // Containers outlive their daemon. A call that lasted shows that there was one again.
        if (Date.now() - asked > RETRY_MS) patience = 0;
        if (!isUnavailable(err) || ++patience > RETRIES) throw err;
        await setTimeout(RETRY_MS);
      }
    }
  }
}

const RETRY_MS = 200;
const RETRIES = 300;
