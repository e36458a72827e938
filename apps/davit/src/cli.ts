import { CommanderError } from "commander";
import { exitCodeOf, textOf } from "./failure.ts";
import { interrupts } from "./interrupts.ts";
import { buildProgram } from "./program.ts";
import { commandName } from "./program-globals.ts";

/** What `run` answers for errors of davit itself, as Docker does: its other codes are the container's. */
const RUN_FAILED = 125;
const FAILED = 1;
/** 128 and the number of SIGPIPE. */
const BROKEN_PIPE = 141;

/** Runs a command line and returns its exit code. Errors are said on standard error. */
export async function main(args: readonly string[]): Promise<number> {
  let code = 0;
  const program = buildProgram((exitCode) => (code = exitCode));
  interrupts.listen();
  leaveWithReaders();
  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (err) {
    const failed = commandName(args) === "run" ? RUN_FAILED : FAILED;
    // What commander has to say it has said: help, version, or what was wrong with the arguments.
    if (err instanceof CommanderError) return err.exitCode === 0 ? 0 : failed;
    const text = textOf(err);
    if (text !== undefined) process.stderr.write(`davit: ${text}\n`);
    return exitCodeOf(err) ?? failed;
  }
}

/** Nobody reads what davit prints any more: it ends, as by SIGPIPE. A process in the foreground is told by its own streams. */
function leaveWithReaders(): void {
  process.stdout.on("error", () => {
    if (!interrupts.taken) process.exit(BROKEN_PIPE);
  });
  process.stderr.on("error", () => undefined);
}
