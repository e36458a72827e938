import manifest from "@davit/davit/package.json" with { type: "json" };
import { Command } from "commander";
import { containerCommands } from "./program-containers.ts";
import { daemonCommands } from "./program-daemon.ts";
import { imageCommands } from "./program-images.ts";
import { withListing, type SetExitCode } from "./program-globals.ts";

/**
 * All commands with their options. What a command does is loaded when it runs, so that `--help` is quick.
 * @param setExitCode is told the exit code of a container's process.
 */
export function buildProgram(setExitCode: SetExitCode): Command {
  const program = new Command("davit")
    .description("Pull images and run containers, with davitd or any daemon of containerd's API.")
    .version(manifest.version, "-v, --version", "print the version of davit alone")

    // Ending is main's.
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error:/, "davit:")) })
    // What follows an image or a container belongs to the command that runs in it.
    .enablePositionalOptions();
  withListing(program);
  imageCommands(program);
  containerCommands(program, setExitCode);
  daemonCommands(program);
  program.addHelpText("after", EXAMPLE);
  return inherit(program);
}

const EXAMPLE = `
Example:
  davit pull alpine
  davit run --rm -t -i alpine sh

Environment: CONTAINERD_ADDRESS, CONTAINERD_NAMESPACE.`;

/** Commands speak, and fail, like the program. */
function inherit(command: Command, path = command.name()): Command {
  command
    .helpCommand(false)
    .helpOption("-h, --help", "print help")
    .showHelpAfterError(`(\`${path} --help\` says more)`);
  for (const child of command.commands)
    inherit(child.copyInheritedSettings(command), `${path} ${child.name()}`);
  return command;
}
