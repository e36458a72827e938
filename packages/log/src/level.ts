import { InvalidArgumentError, quote } from "@davit/errdefs";

/** How grave a line is. */
export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "panic";

/** All levels, the least grave first. */
export const logLevels: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error", "fatal", "panic"];

/**
 * The level that a configuration names, in any case; `warning` is `warn`.
 * @throws InvalidArgumentError for any other word.
 */
export function parseLogLevel(text: string): LogLevel {
  const lower = text.toLowerCase();
  const level = logLevels.find((each) => each === lower || writtenLevel(each) === lower);
  if (level === undefined)
    throw new InvalidArgumentError(`unknown log level ${quote(text)}, use one of ${logLevels.join(", ")}`);
  return level;
}

/** A level as containerd writes it. */
export const writtenLevel = (level: string): string => (level === "warn" ? "warning" : level);
