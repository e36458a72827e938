import { Option, type Command } from "commander";
import type { GlobalOptions } from "./context.ts";

/** Takes the exit code that davit is to end with. */
export type SetExitCode = (code: number) => void;

/** Options whose value is an argument of its own. */
const WITH_VALUE = ["-n", "--namespace", "--address", "--format"];

/** The command that is meant, also where the command line is wrong. */
export function commandName(args: readonly string[]): string | undefined {
  return args.find((arg, index) => !arg.startsWith("-") && !WITH_VALUE.includes(args[index - 1] ?? ""));
}

/** The options that every command takes, before or after its name. */
export const withGlobals = (command: Command): Command =>
  command
    .option("-n, --namespace <name>", "namespace (CONTAINERD_NAMESPACE, else default)")
    .option("--address <socket>", "socket of the daemon (CONTAINERD_ADDRESS, else /run/davit/davit.sock)");

/** The options of commands that list. */
export const withListing = (command: Command): Command =>
  withGlobals(command)
    .option("-q, --quiet", "print names only")
    .addOption(new Option("--format <form>", "how to print").choices(["table", "json"]));

/** A command, with an example of its use under its help. */
export function addCommand(parent: Command, usage: string, description: string, example: string): Command {
  const indented = example.replaceAll(/^/gm, "  ");
  return parent.command(usage).description(description).addHelpText("after", `\nExample:\n${indented}`);
}

/** The options of a command, those given before its name included; what stands nearer wins. */
export function optionsOf<T extends object>(command: Command): T & GlobalOptions {
  const chain: object[] = [];
  for (let at: Command | null = command; at !== null; at = at.parent) chain.unshift(at.opts());
  return Object.assign({}, ...chain) as T & GlobalOptions;
}
