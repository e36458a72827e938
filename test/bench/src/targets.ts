import type { BenchResult, Row } from "./bench.ts";
import { median } from "./statistics.ts";

/** What davitd promises. */
export interface Target {
  readonly name: string;
  readonly limit: number;
  readonly unit: string;
  /** Undefined when it was not measured. */
  readonly value: number | undefined;
  readonly verdict: "ok" | "missed" | "not measured";
}

type Choice = (values: readonly number[]) => number | undefined;
const worst: Choice = (values) => (values.length === 0 ? undefined : Math.max(...values));

/** Figures by name, the limits, and which of the values counts. */
const TARGETS: readonly (readonly [name: string, limit: number, unit: string, value: Choice])[] = [
  ["daemon ready", 300, "ms", median],
  ["idle RSS", 100, "MB", median],
  ["event loop in a pull, longest gap", 50, "ms", worst],
  ["event loop in a pull --local, longest gap", 50, "ms", worst],
];

/** Compares davitd's figures with what is promised. */
export const targetsOf = ({ rows }: Pick<BenchResult, "rows">): Target[] =>
  TARGETS.map(([name, limit, unit, choose]) => {
    const value = choose(valuesOf(rows.find((row) => row.name === name)));
    const verdict = value === undefined ? "not measured" : value <= limit ? "ok" : "missed";
    return { name, limit, unit, value, verdict };
  });

const valuesOf = (row: Row | undefined): number[] =>
  (row?.values.davitd ?? []).filter((value) => value !== undefined);
