import { isatty } from "node:tty";
import { pino } from "pino";
import { normalizeFields } from "./fields.ts";
import { writtenLevel, type LogLevel } from "./level.ts";
import { formatColoured, formatText, type Line } from "./text.ts";

/** Writes one line: fields first, then what happened. An `Error` in place of the fields is their field `error`. */
export type LogLine = (fields: object, message: string) => void;

/** What libraries and plugins ask of a log; pino's own loggers fit too. */
export interface Logger {
  readonly trace: LogLine;
  readonly debug: LogLine;
  readonly info: LogLine;
  readonly warn: LogLine;
  readonly error: LogLine;
  /** A log whose every line carries `fields` too; a line's own fields win. */
  child(fields: object): Logger;
}

/** The log of a program. `fatal` and `panic` only write: ending the program is the caller's. */
export interface DaemonLogger extends Logger {
  readonly fatal: LogLine;
  readonly panic: LogLine;
  /** Whether lines of a level are written, for fields that cost something to make. */
  isLevelEnabled(level: LogLevel): boolean;
  child(fields: object): DaemonLogger;
}

/** `text` is logrus's form, or on a terminal a short coloured one. */
export type LogFormat = "text" | "json";

/** Where lines go: each call gets whole lines, and is expected to write them before it returns. */
export interface LogSink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** How `createLogger` makes a log. */
export interface LoggerOptions {
  /** The least grave level that is written. Default `info`. */
  readonly level?: LogLevel;
  /** Default `text`. */
  readonly format?: LogFormat;
  /** A sink, or a file descriptor. Default standard error. */
  readonly destination?: LogSink | number;
}

const STANDARD_ERROR = 2;
/** pino's numbers rise by ten with each level, from trace 10 to fatal 60. */
const PANIC = 70;

/**
 * Makes a log that writes before it returns, in this thread: what was logged before a crash is on disk. Fields: errors
 * become their wire message, secrets are taken out, and `time`, `level`, `msg` of a caller become `fields.time` ….
 */
export function createLogger({
  level = "info",
  format = "text",
  destination = STANDARD_ERROR,
}: LoggerOptions = {}): DaemonLogger {
  const sink = typeof destination === "number" ? descriptorSink(destination) : destination;
  const root = pino(
    {
      level,
      base: null,
      messageKey: "msg",
      customLevels: { panic: PANIC },
      timestamp: () => `,"time":"${timestamp()}"`,
      formatters: { level: (label) => ({ level: writtenLevel(label) }) },
    },
    format === "json" ? { write: (line) => void sink.write(line) } : textStream(sink),
  );
  return loggerOver(root, {});
}

/** What `pino` makes of the options above. */
type Root = pino.Logger<"panic">;

function loggerOver(root: Root, bound: Readonly<Record<string, unknown>>): DaemonLogger {
  const line =
    (level: LogLevel): LogLine =>
    (fields, message) => {
      if (root.isLevelEnabled(level)) root[level]({ ...bound, ...normalizeFields(fields) }, message);
    };
  return {
    trace: line("trace"),
    debug: line("debug"),
    info: line("info"),
    warn: line("warn"),
    error: line("error"),
    fatal: line("fatal"),
    panic: line("panic"),
    isLevelEnabled: (level) => root.isLevelEnabled(level),
    child: (fields) => loggerOver(root, { ...bound, ...normalizeFields(fields) }),
  };
}

/** RFC 3339 with nine digits of the second, of which the clock knows three. */
const timestamp = (): string => new Date().toISOString().replace("Z", "000000Z");

function descriptorSink(fd: number): LogSink {
  const stream = pino.destination({ dest: fd, sync: true });
  // Nowhere is left to say that the log cannot be written; the daemon goes on without one.
  stream.on("error", () => {});
  return { write: (text) => stream.write(text), isTTY: isatty(fd) };
}

function textStream(sink: LogSink): pino.DestinationStream {
  const format = sink.isTTY === true ? formatColoured : formatText;
  return { write: (line) => void sink.write(format(JSON.parse(line) as Line)) };
}
