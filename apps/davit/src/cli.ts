import { CommanderError } from "commander";
import { exitCodeOf, textOf } from "./failure.ts";
import { interrupts } from "./interrupts.ts";
import { buildProgram } from "./program.ts";
import { commandName } from "./program-globals.ts";

/** What `run` answers for errors of davit itself, as Docker does: its other codes are the container's. */
const RUN_FAILED = 125;
const FAILED = 1;

/** Runs a command line and returns its exit code. Errors are said on standard error. */
export async function main(args: readonly string[]): Promise<number> {
  let code = 0;
  const program = buildProgram((exitCode) => (code = exitCode));
  interrupts.listen();
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
