import { cpus, release, totalmem } from "node:os";
import type { BenchResult, Row } from "./bench.ts";
import type { LoopGap } from "./loop-report.ts";
import { medianRatio, summary, type Series } from "./statistics.ts";
import { table } from "./table.ts";
import { targetsOf, type Target } from "./targets.ts";

/** The machine a run was made on: figures of different machines do not compare. */
export const machine = (): Readonly<Record<string, string | number>> => ({
  cores: cpus().length,
  cpu: cpus()[0]?.model ?? "",
  memoryBytes: totalmem(),
  kernel: release(),
  node: process.version,
});

/** A result for programs: every value, what the table shows of them, and the targets. */
export const toJson = (result: BenchResult): string =>
  `${JSON.stringify(
    {
      machine: machine(),
      ...result,
      rows: result.rows.map((row) => ({
        ...row,
        summaries: Object.fromEntries(
          Object.entries(row.values).map(([name, series]) => [name, summary(present(series))]),
        ),
        ratios: ratiosOf(row, result),
      })),
      targets: targetsOf(result),
    },
    undefined,
    2,
  )}\n`;

/** davitd ÷ another, by the other's name. */
const ratiosOf = ({ values }: Row, { peers }: BenchResult): Record<string, number | undefined> =>
  Object.fromEntries(
    peers
      .filter(({ name }) => name !== "davitd" && values[name] !== undefined)
      .map(({ name }) => [name, medianRatio(values.davitd ?? [], values[name] ?? [])]),
  );

/** A result for people. */
export function toText(result: BenchResult): string {
  const { peers, gaps, failures } = result;
  const others = peers.filter(({ name }) => name !== "davitd");
  const head = ["", "unit", "better", "davitd", ...others.flatMap(({ label }) => [label, "ratio"])];
  const rows = result.rows.map((row) => {
    const ratios = ratiosOf(row, result);
    return [
      row.name,
      row.unit,
      row.better,
      cell(row, row.values.davitd),
      ...others.flatMap(({ name }) => [cell(row, row.values[name]), ratios[name]?.toFixed(2) ?? ""]),
    ];
  });
  return [
    table([head, ...rows]),
    "Median (least–most) over the rounds. ratio: davitd ÷ containerd, the median of the rounds' own ratios.",
    ["Targets of davitd:", ...targetsOf(result).map(line)].join("\n"),
    ...(gaps.length === 0 ? [] : [gapTable(gaps)]),
    ...failures.map((failure) => `failed: ${failure}`),
  ]
    .map((part) => `${part}\n`)
    .join("\n");
}

function cell({ digits }: Row, series: Series | undefined): string {
  if (series === undefined) return "";
  const of = summary(present(series));
  if (of === undefined) return "failed";
  const [median, min, max] = [of.median, of.min, of.max].map((value) => value.toFixed(digits));
  return of.count === 1 ? `${median}` : `${median} (${min}–${max})`;
}

const present = (series: Series): number[] => series.filter((value) => value !== undefined);

const line = ({ name, limit, unit, value, verdict }: Target): string => {
  const measured = value === undefined ? "" : `${value.toFixed(1)} ${unit}, `;
  return `${verdict.padEnd("not measured".length)}  ${name}: ${measured}limit ${limit} ${unit}`;
};

const gapTable = (gaps: readonly LoopGap[]): string =>
  [
    "The longest gaps of davitd's event loop in all pulls; what is neither own cpu nor waiting for a core was spent in a system call:",
    table([
      ["ended at", "ms", "own cpu", "of it gc", "waiting for a core"],
      ...gaps.map(({ at, ms, cpuMs, gcMs, queuedMs }) => [
        at,
        ...[ms, cpuMs, gcMs, queuedMs].map((value) => value.toFixed(1)),
      ]),
    ]),
  ].join("\n");
