import type { GlobalOptions } from "./context.ts";
import { renderTable, type Column } from "./table.ts";

/** How a kind of thing is listed. */
export interface ListStyle<T> {
  readonly columns: readonly Column<T>[];
  /** What `--quiet` prints of each. */
  readonly name: (item: T) => string;
  /** What `--format json` prints of each. */
  readonly json: (item: T) => unknown;
}

/** Prints a list as a table, as names, or as one JSON array. */
export function printList<T>(
  { quiet, format }: GlobalOptions,
  items: readonly T[],
  style: ListStyle<T>,
): void {
  if (quiet) process.stdout.write(items.map((item) => `${style.name(item)}\n`).join(""));
  else if (format === "json") printJson(items.map(style.json));
  else process.stdout.write(renderTable(style.columns, items));
}

export const printJson = (value: unknown): void =>
  void process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
