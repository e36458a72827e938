import { Argument, type Command } from "commander";
import { addCommand, optionsOf, withListing } from "./program-globals.ts";
import { group } from "./program-images.ts";

/** events, namespaces, plugins, version, completion. */
export function daemonCommands(program: Command): void {
  withListing(
    addCommand(
      program,
      "events [filter...]",
      "Print events as they happen",
      `davit events 'topic~="^/tasks/"'`,
    ),
  ).action(async (filters: string[], _options, command: Command) => {
    const { events } = await import("./commands/events.ts");
    await events(filters, optionsOf(command));
  });

  const namespaces = group(program, "namespaces", "Namespaces of the daemon");
  withListing(addCommand(namespaces, "ls", "List namespaces", "davit namespaces ls"))
    .alias("list")
    .action(async (_options, command: Command) => {
      const { namespaces: list } = await import("./commands/namespaces.ts");
      await list(optionsOf(command));
    });

  const plugins = group(program, "plugins", "Plugins of the daemon");
  withListing(addCommand(plugins, "ls [filter...]", "List plugins", "davit plugins ls -d id==overlayfs"))
    .alias("list")
    .option("-d, --detailed", "print all about each, and why it did not load")
    .action(async (filters: string[], _options, command: Command) => {
      const { plugins: list } = await import("./commands/plugins.ts");
      await list(filters, optionsOf(command));
    });

  withListing(
    addCommand(program, "version", "Print the versions of davit and the daemon", "davit version"),
  ).action(async (_options, command: Command) => {
    const { version } = await import("./commands/version.ts");
    await version(optionsOf(command));
  });

  addCommand(
    program,
    "completion",
    "Print a script that completes davit's commands in a shell",
    'eval "$(davit completion bash)"\ndavit completion zsh > ~/.zfunc/_davit',
  )
    .addArgument(new Argument("<shell>").choices(["bash", "zsh"]))
    .action(async (shell: string) => {
      if (shell === "bash") {
        const { bashCompletion } = await import("./completion-bash.ts");
        process.stdout.write(bashCompletion(program));
      } else {
        const { zshCompletion } = await import("./completion-zsh.ts");
        process.stdout.write(zshCompletion(program));
      }
    });
}
