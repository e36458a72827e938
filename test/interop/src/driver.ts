import { join } from "node:path";
import type { Finished } from "@davit/test-support";
import type { Background, CommandOptions, Ctr } from "./ctr.ts";
import { entryOf, type Entry } from "./transcript.ts";

/** What steps use: `ctr` at one daemon, with everything written down. */
export interface Driver {
  readonly namespace: string;
  /** Where FIFOs of containers that stay are kept. */
  readonly fifoDir: string;
  /** A path in the daemon's private directory; the same name on both sides. */
  readonly path: (...names: string[]) => string;
  /** Runs a command and writes it down. */
  readonly ctr: (...args: string[]) => Promise<Finished>;
  /** The same, with input, a terminal, another namespace … */
  readonly with: (options: CommandOptions, ...args: string[]) => Promise<Finished>;
  /** Runs a command until its standard output matches, and writes that last run down. */
  readonly until: (pattern: RegExp, ...args: string[]) => Promise<Finished>;
  /** Runs a command that only prepares something, and is not compared. @throws Error when it fails. */
  readonly out: (...args: string[]) => Promise<string>;
  /** Runs a command that cleans up: whatever comes of it, it is not compared. */
  readonly quietly: (...args: string[]) => Promise<void>;
  /** Starts a command; what it says is compared when it is noted. */
  readonly background: (args: readonly string[], options?: CommandOptions) => Background;
  /** Writes down what was seen elsewhere. */
  readonly note: (what: string, seen: string | Finished) => void;
}

/** A driver that appends to a transcript. */
export function driverOf(ctr: Ctr, transcript: Entry[]): Driver {
  const { directory, fifoDir, namespace } = ctr.options;
  const written = (command: readonly string[], finished: Finished): Finished => {
    transcript.push(entryOf(command, finished));
    return finished;
  };
  return {
    namespace,
    fifoDir,
    path: (...names) => join(directory, ...names),
    ctr: async (...args) => written(args, await ctr.run(args)),
    with: async (options, ...args) => written(args, await ctr.run(args, options)),
    until: async (pattern, ...args) => written(args, await ctr.until(pattern, ...args)),
    out: (...args) => ctr.out(...args),
    quietly: async (...args) => void (await ctr.run(args)),
    background: (args, options) => ctr.background(args, options),
    note: (what, seen) =>
      void written(
        [what],
        typeof seen === "string" ? { code: null, signal: null, stdout: seen, stderr: "" } : seen,
      ),
  };
}
