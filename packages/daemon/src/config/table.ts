/** A table as the TOML parser gives it. */
export type Table = { [key: string]: unknown };

export const isTable = (value: unknown): value is Table =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);

/** The table at `key`, made when absent. What stands there instead of a table is left alone, for the schema to refuse. */
export function tableAt(table: Table, key: string): Table {
  const value = table[key];
  if (isTable(value)) return value;
  const made: Table = {};
  if (value === undefined) table[key] = made;
  return made;
}

/** A deep copy of the tables; values are kept as they are. */
export const copyTable = (table: Table): Table =>
  Object.fromEntries(
    Object.entries(table).map(([key, value]) => [key, isTable(value) ? copyTable(value) : value]),
  );

/** The value at `key` when it is text; "" otherwise: what is no text the plugin's schema refuses. */
export function textAt(table: Table, key: string): string {
  const value = table[key];
  return typeof value === "string" ? value : "";
}
