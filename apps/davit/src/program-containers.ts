import { Option, type Command } from "commander";
import { collect, collectLabel } from "./arguments.ts";
import type { ExecArguments } from "./commands/exec.ts";
import type { RunArguments } from "./commands/run.ts";
import { collectMount } from "./mount-argument.ts";
import { addCommand, optionsOf, withGlobals, withListing, type SetExitCode } from "./program-globals.ts";
import { withPulling } from "./program-images.ts";

/** run, exec, ps, kill, rm. */
export function containerCommands(program: Command, setExitCode: SetExitCode): void {
  runCommand(program, setExitCode);
  execCommand(program, setExitCode);

  withListing(addCommand(program, "ps [filter...]", "List containers", "davit ps -a"))
    .option("-a, --all", "those that do not run, too")
    .action(async (filters: string[], _options, command: Command) => {
      const { ps } = await import("./commands/ps.ts");
      await ps(filters, optionsOf(command));
    });

  withGlobals(
    addCommand(program, "kill <container...>", "Send a signal to containers", "davit kill -s TERM web"),
  )
    .option("-s, --signal <signal>", "name or number", "KILL")
    .option("-a, --all", "to every process of the container")
    .action(async (ids: string[], _options, command: Command) => {
      const { kill } = await import("./commands/kill.ts");
      await kill(ids, optionsOf<{ signal: string; all?: boolean }>(command));
    });

  withGlobals(
    addCommand(program, "rm <container...>", "Remove containers and their snapshots", "davit rm -f web"),
  )
    .option("-f, --force", "kill those that run")
    .action(async (ids: string[], _options, command: Command) => {
      const { rm } = await import("./commands/rm.ts");
      await rm(ids, optionsOf(command));
    });
}

const RUN_EXAMPLE = `davit run --rm alpine echo hello
davit run --rm -t -i alpine sh
davit run -d --name web --net-host --mount src=/srv,dst=/srv,ro nginx`;

function runCommand(program: Command, setExitCode: SetExitCode): void {
  const command = addCommand(
    program,
    "run <image> [command...]",
    "Run a command in a new container",
    RUN_EXAMPLE,
  );
  withPulling(withProcess(withGlobals(command)))
    .option("--rm", "remove the container when it ends")
    .option("-d, --detach", "print the container's id and leave it running")
    .option("--name <id>", "id of the container (default: random)")
    .option("--mount <mount>", "mount, as src=/host,dst=/container,ro (repeatable)", collectMount)
    .option("--net-host", "use the host's network")
    .option("--read-only", "make the root file system read-only")
    .option("--label <key=value>", "label of the container (repeatable)", collectLabel)
    .option("--runtime <name>", "runtime (default: that of the namespace, else io.containerd.runc.v2)")
    .option("--log-uri <uri>", "where a detached container's output goes, as file:///path (default: nowhere)")
    .addOption(
      new Option("--pull <when>", "pull the image")
        .choices(["missing", "always", "never"])
        .default("missing"),
    )
    .passThroughOptions()
    .action(async (image: string, args: string[], _options, self: Command) => {
      const { run } = await import("./commands/run.ts");
      setExitCode(await run(image, args, optionsOf<RunArguments>(self)));
    });
}

function execCommand(program: Command, setExitCode: SetExitCode): void {
  const command = addCommand(
    program,
    "exec <container> <command...>",
    "Run a command in a container that runs",
    "davit exec -t -i web sh",
  );
  withProcess(withGlobals(command))
    .option("-d, --detach", "leave it running")
    .passThroughOptions()
    .action(async (id: string, args: string[], _options, self: Command) => {
      const { exec } = await import("./commands/exec.ts");
      setExitCode(await exec(id, args, optionsOf<ExecArguments>(self)));
    });
}

/** The options of commands that start a process. */
const withProcess = (command: Command): Command =>
  command
    .option("-t, --tty", "give it a terminal")
    .option("-i, --interactive", "pass on standard input")
    .option("-e, --env <KEY=value>", "variable; KEY alone removes it (repeatable)", collect)
    .option("-u, --user <user[:group]>", "names or numbers")
    .option("-w, --workdir <directory>", "working directory");
