import type { Finished } from "@davit/test-support";

/** One command and what came of it. */
export interface Entry {
  /** The arguments of `ctr`, or what else was observed. */
  readonly command: readonly string[];
  readonly code: number | string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Writes down what a command said. */
export const entryOf = (command: readonly string[], { code, signal, stdout, stderr }: Finished): Entry => ({
  command,
  code: code ?? signal,
  stdout,
  stderr,
});

/** An entry as people read it: the command, its output, its complaints, its exit code. Blanks at the ends of lines are kept. */
export function formatEntry({ command, code, stdout, stderr }: Entry): string {
  const lines = (text: string, mark: string) =>
    text === ""
      ? []
      : text
          .replace(/\n$/, "")
          .split("\n")
          .map((line) => `${mark}${line}`);
  const ending = stdout !== "" && !stdout.endsWith("\n") ? ["(no newline at the end)"] : [];
  return [
    `$ ctr ${command.map(shorten).join(" ")}`,
    ...lines(stdout, "  "),
    ...ending,
    ...lines(stderr, "! "),
    `= ${code}`,
  ].join("\n");
}

/** Long arguments are there for their length. */
const shorten = (word: string): string =>
  word.length <= 200 ? word : `${word.slice(0, 40)}… (${word.length} characters)`;
