import { printable } from "./printable.ts";

/** A column of a list. */
export interface Column<T> {
  readonly header: string;
  readonly value: (item: T) => string;
  /** Numbers read better at the right. */
  readonly align?: "right";
}

const GAP = "   ";

/** Rows under headers, every column as wide as it needs; an empty cell is `-`. */
export function renderTable<T>(columns: readonly Column<T>[], items: readonly T[]): string {
  const rows = [
    columns.map(({ header }) => header),
    ...items.map((item) => columns.map(({ value }) => printable(value(item)) || "-")),
  ];
  const widths = columns.map((_, index) => Math.max(...rows.map((row) => widthOf(row[index] ?? ""))));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, index) => pad(cell, widths[index] ?? 0, columns[index]?.align === "right"))
      .join(GAP)
      .trimEnd();
  return rows.map((row) => `${line(row)}\n`).join("");
}

const pad = (cell: string, width: number, right: boolean): string => {
  const blanks = " ".repeat(Math.max(0, width - widthOf(cell)));
  return right ? blanks + cell : cell + blanks;
};

/** Characters, not UTF-16 units. */
const widthOf = (cell: string): number => Array.from(cell).length;
