import { quote } from "@davit/errdefs";

/** One line as pino writes it. */
export type Line = Readonly<Record<string, unknown>> & {
  readonly time: string;
  readonly level: string;
  readonly msg?: string;
};

/** Values of these characters alone are not quoted (logrus, TextFormatter). */
const PLAIN = /^[A-Za-z0-9\-._/@^+]*$/;

const RED = 31;
const YELLOW = 33;
const BLUE = 36;
const GREY = 37;
const colours: Readonly<Record<string, number>> = {
  trace: GREY,
  debug: GREY,
  warning: YELLOW,
  error: RED,
  fatal: RED,
  panic: RED,
};

/** The message is filled up to this width on a terminal, so that fields stand in a column. */
const MESSAGE_WIDTH = 44;

/** logrus's form for files and journals: `time="…" level=info msg="…" key=value`, keys in order. */
export function formatText({ time, level, msg = "", ...fields }: Line): string {
  const own = [`time=${quoted(time)}`, `level=${level}`, ...(msg === "" ? [] : [`msg=${quoted(msg)}`])];
  const rest = Object.keys(fields)
    .sort()
    .map((key) => `${key}=${quoted(textOf(fields[key]))}`);
  return `${[...own, ...rest].join(" ")}\n`;
}

/** logrus's form for terminals: `INFO[…] message   key=value`, in colours. */
export function formatColoured({ time, level, msg = "", ...fields }: Line): string {
  const paint = (text: string): string => `\x1b[${colours[level] ?? BLUE}m${text}\x1b[0m`;
  // A message must not move the cursor or write lines of its own.
  const message = msg.replace(/\p{Cc}/gu, (char) => quote(char).slice(1, -1)).padEnd(MESSAGE_WIDTH);
  const rest = Object.keys(fields)
    .sort()
    .map((key) => ` ${paint(key)}=${quoted(textOf(fields[key]))}`);
  return `${paint(level.slice(0, 4).toUpperCase())}[${time}] ${message} ${rest.join("")}`.trimEnd() + "\n";
}

const quoted = (text: string): string => (PLAIN.test(text) ? text : quote(text));

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
