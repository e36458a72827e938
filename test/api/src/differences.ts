import type { Plain } from "./plain.ts";

/** A place where two answers are not the same. */
export interface Difference {
  /** Where it is, such as `responses[0].container.labels.a`; empty for the whole. */
  readonly path: string;
  /** What the first has there; undefined for nothing. */
  readonly theirs: Plain | undefined;
  readonly ours: Plain | undefined;
}

/** Every place where two values are not the same, as deep as it can be told. Lists are compared in their order. */
export function differences(theirs: Plain | undefined, ours: Plain | undefined, path = ""): Difference[] {
  if (Object.is(theirs, ours)) return [];
  if (!isContainer(theirs) || !isContainer(ours) || Array.isArray(theirs) !== Array.isArray(ours))
    return [{ path, theirs, ours }];
  return keysOf(theirs, ours).flatMap((key) =>
    differences(theirs[key], ours[key], join(path, key, Array.isArray(theirs))),
  );
}

type Container = { readonly [key: string]: Plain };

const isContainer = (value: Plain | undefined): value is Container =>
  typeof value === "object" && value !== null;

/** The keys of both, in an order that a reader expects. */
const keysOf = (a: Container, b: Container): string[] => [...new Set([...Object.keys(a), ...Object.keys(b)])];

function join(path: string, key: string, isList: boolean): string {
  if (isList) return `${path}[${key}]`;
  return path === "" ? key : `${path}.${key}`;
}

/** A difference for people to read. */
export const formatDifference = ({ path, theirs, ours }: Difference): string =>
  `  ${path === "" ? "the answer" : path}\n    containerd: ${format(theirs)}\n    davit:      ${format(ours)}`;

const LONGEST = 400;

function format(value: Plain | undefined): string {
  if (value === undefined) return "(absent)";
  const text = JSON.stringify(value).replaceAll(
    /(.)\1{40,}/g,
    (run, each: string) => `${each}×${run.length}`,
  );
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
