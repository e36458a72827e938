import type { Daemon } from "./side.ts";
import type { Plain } from "./plain.ts";

/** A rule that takes out of a text what must differ between two daemons that do the same. */
export interface Rule {
  readonly why: string;
  readonly pattern: RegExp;
  readonly replacement: string | ((found: string) => string);
}

/** What differs without meaning. Few, and each as narrow as it can be: whatever they replace is not compared. */
export const RULES: readonly Rule[] = [
  {
    why: "a time, as Go prints it",
    pattern:
      /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( ?[+-]\d\d:?\d\d|Z)?( UTC| [A-Z]{3,4})?( m=[+-][\d.]+)?/g,
    replacement: "<time>",
  },
  {
    why: "how long a ref is locked",
    pattern: /(?<=locked for )(\d+(\.\d+)?(ns|[uµ]s|ms|s|m|h))+/g,
    replacement: "<duration>",
  },
  {
    why: "what layers are unpacked into, until they are whole",
    pattern: /(?<=\bextract-)\d{1,9}-[A-Za-z0-9_-]{4}(?= )/g,
    replacement: "<random id>",
  },
  {
    why: "where a differ mounts",
    pattern: /(?<=\/tmpmounts\/containerd-mount)\w+/g,
    replacement: "<random id>",
  },
  {
    why: "the id of a lease that has none: nanoseconds and three random bytes",
    pattern: /^\d{1,9}-[A-Za-z0-9_-]{4}$/g,
    replacement: "<random id>",
  },
];

/** What a daemon was given for itself. */
export const placeRules = ({ directory, namespace }: Daemon): Rule[] => [
  {
    why: "each daemon's files lie in a directory of its own",
    pattern: literal(directory),
    replacement: "<directory>",
  },
  {
    why: "containers of both run on one machine, where cgroups are known by the namespace",
    pattern: literal(namespace),
    replacement: "<namespace>",
  },
];

/**
 * What is numbered within one scenario: the same number on each side means the same, but failures, which use up numbers, are free to
 * differ.
 */
export function numberRules(namespace: string): Rule[] {
  const snapshots = new Map<string, string>();
  return [
    {
      why: "the ids of snapshots, by when they were first seen",
      pattern: /(?<=snapshotter\.v1\.)\w+\/snapshots\/\d+/g,
      replacement: (found) => {
        const id = snapshots.get(found) ?? found.replace(/\d+$/, `#${snapshots.size + 1}`);
        snapshots.set(found, id);
        return id;
      },
    },
    {
      why: "the number in the key that a backend knows",
      pattern: new RegExp(`(?<=${escape(namespace)}/)\\d+(?=/)`, "g"),
      replacement: "<number>",
    },
  ];
}

/** `RegExp.escape` of newer engines. */
const escape = (text: string): string => text.replaceAll(/[^\w]/g, "\\$&");

const literal = (text: string): RegExp => new RegExp(escape(text), "g");

/** Fields whose values are a process's or a daemon's own. Only that they are there is compared. */
const OWN_FIELDS: ReadonlySet<string> = new Set(["pid", "pidns", "uuid"]);

/** Applies rules to every text in a value. Names of maps are texts too. */
export function normalise(value: Plain, rules: readonly Rule[], field = ""): Plain {
  if (OWN_FIELDS.has(field) && value !== 0 && value !== "") return `<${field}>`;
  if (typeof value === "string")
    return rules.reduce(
      (text, { pattern, replacement }) => text.replace(pattern, replacement as string),
      value,
    );
  if (Array.isArray(value)) return value.map((each: Plain) => normalise(each, rules, field));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      normalise(name, rules) as string,
      normalise(each, rules, name),
    ]),
  );
}
