import type { Command, Option } from "commander";

/** A command as completion sees it. */
export interface CompletedCommand {
  /** Its words, as `plugins ls`; "" is the program. */
  readonly path: string;
  readonly description: string;
  /** The words that may follow: names and aliases of its commands, or choices of its argument. */
  readonly words: readonly CompletedWord[];
  readonly options: readonly CompletedWord[];
  /** What its arguments name in the daemon. */
  readonly names: "containers" | "images" | "none";
}

/** A word, and what it means. */
export interface CompletedWord {
  readonly word: string;
  readonly description: string;
}

/** All commands, the program first. */
export function completionTree(command: Command, path = ""): CompletedCommand[] {
  const children = command.commands;
  const pathOf = (word: string): string => (path === "" ? word : `${path} ${word}`);
  const own: CompletedCommand = {
    path,
    description: command.description(),
    words: [...children.flatMap(commandWords), ...choiceWords(command)],
    options: [...command.options.flatMap(optionWords), { word: "--help", description: "print help" }],
    names: namesOf(command),
  };
  return [
    own,
    ...children.flatMap((child) =>
      [child.name(), ...child.aliases()].flatMap((word) => completionTree(child, pathOf(word))),
    ),
  ];
}

const commandWords = (command: Command): CompletedWord[] =>
  [command.name(), ...command.aliases()].map((word) => ({ word, description: command.description() }));

const optionWords = ({ short, long, description }: Option): CompletedWord[] =>
  [long, short].flatMap((word) => (word ? [{ word, description }] : []));

const choiceWords = (command: Command): CompletedWord[] =>
  command.registeredArguments.flatMap(({ argChoices = [], description }) =>
    argChoices.map((word) => ({ word, description })),
  );

function namesOf(command: Command): CompletedCommand["names"] {
  const name = command.registeredArguments[0]?.name();
  return name === "container" ? "containers" : name === "image" ? "images" : "none";
}
