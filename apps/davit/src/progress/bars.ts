import { formatBytes } from "../human.ts";
import { printable } from "../printable.ts";
import { isDone, isMoving, transferred, type Job } from "./jobs.ts";

/** What is drawn. */
export interface Picture {
  /** What is pulled. */
  readonly title: string;
  readonly jobs: readonly Job[];
  readonly elapsedMs: number;
}

/** Where it is drawn. */
export interface Frame {
  readonly columns: number;
  readonly rows: number;
  readonly colors: Readonly<Record<"green" | "cyan" | "dim" | "bold", (text: string) => string>>;
}

const BAR_WIDTH = 24;
const LABEL_WIDTH = 21;
const EVENT_WIDTH = 14;
/** Below this there is no room for a bar. */
const NARROW = 80;
/** The title, the sum, and the line the cursor is on. */
const OTHER_ROWS = 4;

/** The lines of the picture, each no wider than the frame, no more than its rows. */
export function renderBars({ title, jobs, elapsedMs }: Picture, frame: Frame): string[] {
  const { colors, columns, rows } = frame;
  const { shown, hidden } = choose(jobs, Math.max(1, rows - OTHER_ROWS));
  const sum = `${formatBytes(transferred(jobs))} in ${(elapsedMs / 1000).toFixed(1)} s`;
  return [
    colors.bold(cut(printable(title), columns)),
    ...shown.map((job) => line(job, frame)),
    ...(hidden > 0 ? [colors.dim(cut(`  … ${hidden} more`, columns))] : []),
    colors.dim(cut(`  ${sum}`, columns)),
  ];
}

/** What is done is hidden first. */
function choose(jobs: readonly Job[], room: number): { shown: readonly Job[]; hidden: number } {
  if (jobs.length <= room) return { shown: jobs, hidden: 0 };
  const lines = room - 1;
  const busy = jobs.filter((job) => !isDone(job)).slice(0, lines);
  const spare = lines - busy.length;
  const done = spare > 0 ? jobs.filter(isDone).slice(-spare) : [];
  const chosen = new Set([...busy, ...done]);
  return { shown: jobs.filter((job) => chosen.has(job)), hidden: jobs.length - chosen.size };
}

function line(job: Job, { columns, colors }: Frame): string {
  const label = `  ${`${job.kind} ${job.id}`.padEnd(LABEL_WIDTH)}`;
  const event = printable(job.event).padEnd(EVENT_WIDTH);
  const bar = columns < NARROW ? "" : `${barOf(job)}  `;
  const text = cut(`${label}  ${event}${bar}${amountOf(job)}`, columns);
  if (isDone(job)) return colors.green(text);
  return isMoving(job) ? colors.cyan(text) : text;
}

function barOf(job: Job): string {
  const part = isDone(job) ? 1 : job.total > 0 ? Math.min(1, job.done / job.total) : 0;
  const filled = Math.floor(part * BAR_WIDTH);
  const tip = filled < BAR_WIDTH && isMoving(job) ? ">" : "";
  return `[${("=".repeat(filled) + tip).padEnd(BAR_WIDTH)}]`;
}

/** How much has come, of how much, how fast. */
export function amountOf(job: Job): string {
  if (isDone(job)) return formatBytes(job.total);
  const amount = `${formatBytes(job.done)} / ${formatBytes(job.total)}`;
  return job.event === "downloading" && job.rate > 0
    ? `${amount}  ${formatBytes(Math.round(job.rate))}/s`
    : amount;
}

const cut = (text: string, columns: number): string =>
  Array.from(text)
    .slice(0, Math.max(1, columns - 1))
    .join("");
