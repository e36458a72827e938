import { InterruptedError } from "./interrupts.ts";

/** What a command says when it fails; undefined when there is nothing to say. */
export function textOf(err: unknown): string | undefined {
  if (err instanceof InterruptedError) return undefined;
  return oneLine(messageOf(err));
}

/** The exit code that an error brings along. */
export const exitCodeOf = (err: unknown): number | undefined =>
  err instanceof InterruptedError ? err.exitCode : undefined;

/** The messages of an error and its causes, without repeating what one says of the next. */
function messageOf(err: unknown): string {
  if (!(err instanceof Error)) return String(err);
  const cause = err.cause === undefined ? "" : messageOf(err.cause);
  const own = err.message === "" ? err.name : err.message;
  return cause === "" || own.includes(cause) ? own : `${own}: ${cause}`;
}

/** A sentence of a daemon or a registry must not move the cursor. */
const oneLine = (text: string): string =>
  text
    .trim()
    .replaceAll(/\s*\n\s*/g, " ")
    .replaceAll(/\p{Cc}/gu, "?");
