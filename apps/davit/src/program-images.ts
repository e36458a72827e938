import { Option, type Command } from "commander";
import { collectLabel, parseCredentials } from "./arguments.ts";
import type { PullArguments } from "./commands/pull.ts";
import { addCommand, optionsOf, withGlobals, withListing } from "./program-globals.ts";

/** pull, images, rmi, content, snapshots. */
export function imageCommands(program: Command): void {
  withPulling(
    withGlobals(addCommand(program, "pull <image>", "Pull an image and unpack it", "davit pull alpine:3")),
  )
    .option("-q, --quiet", "print the image's name only")
    .option("--no-unpack", "leave the layers packed")
    .option("--label <key=value>", "label of the image (repeatable)", collectLabel)
    .action(async (image: string, _options, command: Command) => {
      const { pull } = await import("./commands/pull.ts");
      await pull(image, optionsOf<PullArguments>(command));
    });

  withListing(addCommand(program, "images [filter...]", "List images", "davit images 'name~=alpine'"))
    .option("--snapshotter <name>", "tell whether this one has them unpacked")
    .action(async (filters: string[], _options, command: Command) => {
      const { images } = await import("./commands/images.ts");
      await images(filters, optionsOf(command));
    });

  withGlobals(addCommand(program, "rmi <image...>", "Remove images", "davit rmi alpine:3"))
    .option("--sync", "wait until what nobody needs any more is gone")
    .action(async (names: string[], _options, command: Command) => {
      const { removeImages } = await import("./commands/images.ts");
      await removeImages(names, optionsOf(command));
    });

  const content = group(program, "content", "Blobs of the content store");
  withListing(
    addCommand(
      content,
      "ls [filter...]",
      "List blobs",
      "davit content ls 'labels.containerd.io/uncompressed'",
    ),
  )
    .alias("list")
    .action(async (filters: string[], _options, command: Command) => {
      const { content: list } = await import("./commands/content.ts");
      await list(filters, optionsOf(command));
    });

  const snapshots = group(program, "snapshots", "Snapshots of a snapshotter");
  withListing(addCommand(snapshots, "ls [filter...]", "List snapshots", "davit snapshots ls kind==active"))
    .alias("list")
    .option("--snapshotter <name>", "which snapshotter (default: that of the namespace)")
    .action(async (filters: string[], _options, command: Command) => {
      const { snapshots: list } = await import("./commands/snapshots.ts");
      await list(filters, optionsOf(command));
    });
}

/** The options of commands that may pull. */
export const withPulling = (command: Command): Command =>
  command
    .option("--plain-http", "speak HTTP without TLS to the registry")
    .option("--platform <os/arch>", "platform of the image (default: this machine's)")
    .option("--snapshotter <name>", "unpack into this snapshotter (default: that of the namespace)")
    .option("--hosts-dir <directory>", "directory with hosts.toml files, on the daemon's machine")
    .addOption(
      new Option("--credentials <user:password>", "credentials for the registry").argParser(parseCredentials),
    );

/** A command that only has commands. */
export const group = (program: Command, name: string, description: string): Command =>
  program.command(name).description(description);
