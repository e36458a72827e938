import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { diff } from "node:util";
import { driverOf, type Driver } from "./driver.ts";
import { normalise, RULES, type Rule } from "./normalise.ts";
import { formatEntry, type Entry } from "./transcript.ts";
import type { Ctr } from "./ctr.ts";

/** Two that are compared, and the rules by which. */
export interface Comparison {
  readonly expected: Compared;
  readonly actual: Compared;
  /** Default RULES. */
  readonly rules?: readonly Rule[];
}

/** One of the two. */
export interface Compared {
  readonly ctr: Ctr;
  /** What the daemon has printed, for the message. */
  log?(): string;
}

/**
 * Runs the same steps against two daemons, at the same time, and compares what `ctr` printed on both streams and its exit codes,
 * after the rules of `normalise`. With `DAVIT_INTEROP_TRANSCRIPTS=FOLDER` what both said is kept there.
 * @throws AssertionError that names every command with another outcome, what was expected (the first one's) and what came; also when
 * steps could not be completed, be it on both sides.
 */
export async function compare(
  name: string,
  { expected, actual, rules = RULES }: Comparison,
  steps: (driver: Driver) => Promise<void>,
): Promise<void> {
  const [theirs, ours] = await Promise.all([
    record(expected.ctr, steps, rules),
    record(actual.ctr, steps, rules),
  ]);
  keep(name, theirs.entries, ours.entries);
  const differences = [
    ...differing(theirs.entries, ours.entries),
    ...[theirs, ours].flatMap(({ broken }) =>
      broken === undefined ? [] : [`the steps ended early: ${broken}`],
    ),
  ];
  if (differences.length === 0) return;
  const log = actual.log?.().split("\n").slice(-15).join("\n") ?? "";
  assert.fail(`${differences.join("\n\n")}\n\n${log === "" ? "" : `its log ends:\n${log}`}`);
}

interface Recorded {
  readonly entries: readonly Entry[];
  /** Why not all steps were taken. */
  readonly broken: string | undefined;
}

async function record(
  ctr: Ctr,
  steps: (driver: Driver) => Promise<void>,
  rules: readonly Rule[],
): Promise<Recorded> {
  const raw: Entry[] = [];
  let broken: string | undefined;
  try {
    await steps(driverOf(ctr, raw));
  } catch (err) {
    broken = err instanceof Error ? err.message : String(err);
    // What was left half way would show in what comes next.
    await ctr.clear();
  }
  return { entries: raw.map((entry) => normalise(entry, ctr.options, rules)), broken };
}

function keep(name: string, theirs: readonly Entry[], ours: readonly Entry[]): void {
  const folder = process.env["DAVIT_INTEROP_TRANSCRIPTS"];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  const write = (side: string, entries: readonly Entry[]) =>
    writeFileSync(join(folder, `${name.replaceAll(/[^\w.-]+/g, "-")}.${side}`), entries.map(text).join("\n"));
  write("expected", theirs);
  write("actual", ours);
}

/** What differs between two transcripts, command by command: lines with `-` were expected, those with `+` came. */
export function differing(expected: readonly Entry[], actual: readonly Entry[]): string[] {
  return Array.from({ length: Math.max(expected.length, actual.length) }, (_, i) => {
    const [theirs, ours] = [expected[i], actual[i]].map(text);
    return theirs === ours ? "" : lineDifference(theirs ?? "", ours ?? "");
  }).filter((difference) => difference !== "");
}

/** The lines that differ, under the command. */
function lineDifference(expected: string, actual: string): string {
  const changes = diff(expected.split("\n"), actual.split("\n"));
  const lines = changes.flatMap(([kind, line], i) => {
    if (kind === 0) return i === 0 ? [`  ${line}`] : [];
    // What only the first has was expected.
    return [`${kind === 1 ? "-" : "+"} ${line}`];
  });
  return lines.join("\n");
}

const text = (entry: Entry | undefined): string => (entry === undefined ? "(nothing)" : formatEntry(entry));
