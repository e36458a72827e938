/** Writes one line: fields first, then what happened. */
export type LogLine = (fields: object, message: string) => void;

/** The log a plugin is given; pino's loggers fit as they are. */
export interface Logger {
  readonly trace: LogLine;
  readonly debug: LogLine;
  readonly info: LogLine;
  readonly warn: LogLine;
  readonly error: LogLine;
  /** A log whose every line carries `fields` too. */
  child(fields: object): Logger;
}

const ignore: LogLine = () => {};

/** The log that nobody reads. */
export const silent: Logger = {
  trace: ignore,
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  child: () => silent,
};
