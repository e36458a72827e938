import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { pathToFileURL } from "node:url";

/** How long the event loop of a process was not free, over some time; milliseconds, the sampler's own interval taken off. */
export interface LoopReport {
  /** Wall-clock times, ISO 8601. */
  readonly since: string;
  readonly until: string;
  readonly maxMs: number;
  /** The longest gap but for the time in which the thread waited for a core: what the program itself did to its loop. */
  readonly heldMs: number;
  readonly p99Ms: number;
  /** The longest first, as `heldMs` counts. */
  readonly gaps: readonly LoopGap[];
}

/** A time in which the loop did not turn. What is neither `cpuMs` nor `queuedMs` was spent waiting in a system call. */
export interface LoopGap {
  /** When it ended, ISO 8601. */
  readonly at: string;
  readonly ms: number;
  /** Of it the main thread computed. */
  readonly cpuMs: number;
  /** Of it the main thread had work and no core: others used them. */
  readonly queuedMs: number;
  /** Of it the garbage collector took. */
  readonly gcMs: number;
}

/** Watches the event loop of a Node program that is started with `env`. */
export interface LoopWatch {
  /** Environment variables to start the program with. */
  readonly env: Readonly<Record<string, string>>;
  /** What was seen since the last call, or since the start. @throws Error when the process does not answer. */
  take(pid: number): Promise<LoopReport>;
}

const POLL_MS = 5;
const PATIENCE_MS = 10_000;

/** @param directory for the reports. */
export function loopWatch(directory: string): LoopWatch {
  const file = join(directory, "loop.json");
  const sampler = pathToFileURL(join(import.meta.dirname, "loop-sampler.js")).href;
  const options = [process.env["NODE_OPTIONS"], `--import=${sampler}`].filter(Boolean).join(" ");
  return {
    env: { NODE_OPTIONS: options, DAVIT_LOOP_REPORT: file },
    async take(pid) {
      rmSync(file, { force: true });
      process.kill(pid, "SIGUSR2");
      for (const end = Date.now() + PATIENCE_MS; !existsSync(file); await setTimeout(POLL_MS))
        if (Date.now() > end) throw new Error(`process ${pid} does not report on its event loop`);
      return JSON.parse(readFileSync(file, "utf8")) as LoopReport;
    },
  };
}
