import { stripVTControlCharacters } from "node:util";
import type { Entry } from "./transcript.ts";

/** One thing that must differ between two daemons that do the same. */
export interface Rule {
  readonly name: string;
  /** The commands it is for, by their first words; all when absent. */
  readonly commands?: readonly string[];
  readonly rewrite: (text: string, entry: Entry) => string;
}

const replace =
  (pattern: RegExp, by: string): Rule["rewrite"] =>
  (text) =>
    text.replaceAll(pattern, by);

const LABEL = String.raw`[\w./-]+=[^,\s]*`;
const AGE =
  /[\t ]+(?:Less than a second|About (?:a minute|an hour)|\d+ (?:second|minute|hour)s?)(?=[\t ]|$)[\t ]*/gm;

/**
 * What is rewritten before two transcripts are compared, in this order. Everything else has to be the same, blanks included.
 * The {@link Places} of a side are hidden before.
 */
export const RULES: readonly Rule[] = [
  { name: "terminal escapes", rewrite: (text) => stripVTControlCharacters(text) },
  {
    name: "times",
    rewrite: replace(
      /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d| [+-]\d{4} [A-Z]+)/g,
      "<time>",
    ),
  },
  {
    name: "times as seconds and nanoseconds",
    rewrite: replace(/"seconds":\s*\d+,\s*"nanos":\s*\d+|seconds:\d+\s+nanos:\d+/g, "<time>"),
  },
  { name: "uuids", rewrite: replace(/\b[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b/g, "<uuid>") },
  { name: "pids in JSON", rewrite: replace(/"(pid|pidns)":(\s*)[1-9]\d*/g, '"$1":$2<pid>') },
  {
    name: "pids in tables",
    commands: ["tasks ls", "tasks ps"],
    rewrite: (text) =>
      text.replaceAll(/\bPID +/g, "PID ").replaceAll(/(^| )(?<!\d)[1-9]\d* {2,}/gm, "$1<pid> "),
  },
  { name: "rows in any order", commands: ["tasks ls", "content active"], rewrite: (text) => sortRows(text) },
  {
    name: "ages",
    commands: ["content ls", "content active"],
    rewrite: (text) => text.replaceAll(AGE, "\t<age>\t").replace(/\tAGE\t+/, "\tAGE\t"),
  },
  {
    name: "labels in any order",
    commands: ["content ls", "content label", "images label", "containers label", "snapshots"],
    rewrite: (text) =>
      text.replaceAll(new RegExp(`${LABEL}(?:,${LABEL})+`, "g"), (labels) => sorted(labels, ",")),
  },
  {
    name: "random lease ids",
    commands: ["leases"],
    rewrite: (text) =>
      text
        .replaceAll(/^\d{1,19}-[\w-]{4}(?=\s|$)/gm, "<lease>")
        .replaceAll(/^(ID|\S+) +(?=CREATED|<time>)/gm, "$1 "),
  },
  {
    name: "numbers in the keys of a backend",
    rewrite: replace(/<namespace-of-side>\/\d+\//g, "<namespace-of-side>/<n>/"),
  },
  { name: "ids of snapshots on disk", rewrite: replace(/\/snapshots\/\d+/g, "/snapshots/<id>") },
  {
    name: "mount options in any order",
    rewrite: (text) =>
      text
        .replaceAll(/ -o (\S+)/g, (_, options: string) => ` -o ${sorted(options, ",")}`)
        .replaceAll(
          /"(options)":\s*\[([^\]]*)\]/gi,
          (_, name: string, options: string) => `"${name}":[${sorted(options.replaceAll(/\s/g, ""), ",")}]`,
        ),
  },
  { name: "FIFOs of ctr", rewrite: replace(/(\/fifo|<fifo>)\/\d+\//g, "<fifo>/") },
  {
    name: "how long it took",
    commands: ["images pull", "images import"],
    rewrite: replace(/\bdone: (?:\d+(?:\.\d+)?(?:h|ms|m|µs|s))+/g, "done: <duration>"),
  },
  {
    name: "progress",
    commands: ["images pull", "content fetch"],
    rewrite: (text, { code }) => lastProgress(text, code === 0),
  },
  {
    name: "numbers of metrics",
    commands: ["tasks metrics"],
    rewrite: (text, { command }) => (command.includes("json") ? topLevelKeys(text) : metricNames(text)),
  },
  {
    name: "the width of a time",
    commands: ["deprecations list"],
    rewrite: replace(/(LAST OCCURRENCE|<time>) +/g, "$1 "),
  },
  {
    // A shim that has removed its last task may be gone before it has told of that; then containerd may tell twice.
    name: "ends told or not",
    commands: ["events"],
    rewrite: replace(/^.* \/tasks\/delete .*\n/gm, ""),
  },
  {
    // ctr watches the ingests of a pull, also a moment after its end.
    name: "watches cut off",
    commands: ["images pull", "content fetch"],
    rewrite: replace(
      /^time="<time>" level=error msg="(?:active check failed|failed to get content info)" error="context canceled"\n/gm,
      "",
    ),
  },
  {
    name: "words about what is deprecated",
    rewrite: (text) =>
      text
        .replaceAll(/(deprecation\/[\w-]+ +<time>) .*/g, "$1 <words>")
        .replaceAll(/(msg="DEPRECATION:).*/g, "$1 <words>")
        .replaceAll(/(deprecation\/[\w-]+",\s*"message":).*/g, "$1 <words>"),
  },
  {
    name: "version and revision",
    commands: ["version"],
    rewrite: (text) =>
      text
        .replace(
          /(Server:\n) {2}Version:.*\n {2}Revision:.*/,
          "$1  Version: <version>\n  Revision: <revision>",
        )
        .replaceAll(/^WARNING: (?:version|revision) mismatch\n\n?/gm, ""),
  },
];

/** What containerd itself changed from 1.6 to 2, where Davit does as 2 does. */
export const SINCE_TWO: readonly Rule[] = [
  {
    name: "how long a label is",
    rewrite: replace(
      /(label key and value)(?: length \(\d+ bytes\))?( greater than .*?: invalid argument)(?:: unknown)?/g,
      "$1$2",
    ),
  },
  {
    name: "the snapshot that cannot be committed",
    rewrite: replace(/(failed to commit snapshot)(?: <namespace-of-side>\/<n>\/\w+)?:/g, "$1:"),
  },
  { name: "the usual runtime", rewrite: replace(/(format like `io\.containerd\.runc)\.v[12]`/g, "$1`") },
  {
    name: "where namespaces are told of",
    rewrite: replace(/^(<time>) \S+ (\/namespaces\/)/gm, "$1 <namespace> $2"),
  },
  {
    name: "new events",
    rewrite: replace(
      /^time="<time>" level=warning msg="cannot unmarshal an event.*ContentCreate: not found"\n/gm,
      "",
    ),
  },
];

/** What one side was given for itself, and its output shows. */
export interface Places {
  readonly namespace: string;
  readonly directory: string;
}

/** Applies rules to what a command printed on both streams; places are hidden in the command too. */
export function normalise(entry: Entry, places: Places, rules: readonly Rule[] = RULES): Entry {
  const hide = (text: string): string =>
    text
      .replaceAll(places.namespace, "<namespace-of-side>")
      .replaceAll(places.directory, "<directory-of-the-side>");
  const command = `${entry.command.join(" ")} `;
  const chosen = rules.filter(
    ({ commands }) => commands?.some((start) => command.startsWith(`${start} `)) ?? true,
  );
  const rewrite = (text: string): string =>
    chosen.reduce((before, rule) => rule.rewrite(before, entry), hide(text));
  return {
    command: entry.command.map(hide),
    code: typeof entry.code === "string" ? hide(entry.code) : entry.code,
    stdout: rewrite(entry.stdout),
    stderr: rewrite(entry.stderr),
  };
}

const sorted = (list: string, separator: string): string => list.split(separator).toSorted().join(separator);

/** Sorts the lines below the first. */
function sortRows(text: string): string {
  const [head = "", ...rows] = text.replace(/\n$/, "").split("\n");
  return text === "" ? "" : `${[head, ...rows.toSorted()].join("\n")}\n`;
}

/** States that say the same: whether something was fetched or was there is a matter of time. */
const ENDS: Readonly<Record<string, string>> = { exists: "done", "already exists": "complete" };

/** Name and state of a row: `name: state |++++|` of a client's pull, or cells between tabs of a transfer's tree. */
function progressRow(line: string): readonly [name: string, state: string] | undefined {
  const [cell = "", state = ""] = line.split("\t").map((text) => text.trim());
  if (state !== "") return [cell.replace(/^[ │]*[├└]──/, ""), state];
  const [, name, word] = /^(\S+):\s+(\S+)\s+\|/.exec(line) ?? [];
  return name === undefined || word === undefined ? undefined : [name, word];
}

/**
 * Of a progress display, which is drawn again every 100 ms, the last state of each row, without the order in which they came;
 * other lines once. Of one that failed nothing: how far it was drawn is a matter of time.
 */
function lastProgress(text: string, succeeded: boolean): string {
  if (!succeeded) return text.replaceAll(/^.*(?:\t|\|[+-]|elapsed:|application\/).*\n/gm, "");
  const rows = new Map<string, string>();
  const others = new Set<string>();
  for (const line of text.split("\n")) {
    if (line.trim() === "" || line.includes("elapsed:")) continue;
    const [name, state] = progressRow(line) ?? [];
    if (name === undefined || state === undefined) others.add(line.trimEnd());
    else rows.set(name, ENDS[state] ?? state);
  }
  const states = [...rows].map(([name, state]) => `${name}: ${state}`).toSorted();
  return [...states, ...others].map((line) => `${line}\n`).join("");
}

const metricNames = (text: string): string =>
  text
    .replaceAll(/^(\S+) +(?:\d+|\[[\d ]*\]|<time>) *$/gm, "$1 <number>")
    .replaceAll(/^ID +TIMESTAMP +$/gm, "ID TIMESTAMP");

function topLevelKeys(text: string): string {
  try {
    return `${Object.keys(JSON.parse(text) as object).join("\n")}\n`;
  } catch {
    return text;
  }
}
