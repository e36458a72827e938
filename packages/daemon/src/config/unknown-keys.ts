import { nearest } from "@davit/plugin";
import { KNOWN_KEYS } from "./schema.ts";
import { isTable, type Table } from "./table.ts";

/** A key of a configuration file that nobody reads. */
export interface UnknownKey {
  readonly file: string;
  /** The whole path, such as `debug.levle`. */
  readonly key: string;
  /** The line it stands in, where it could be found. */
  readonly line?: number | undefined;
  /** What was probably meant. */
  readonly suggestion?: string | undefined;
}

/** The unknown keys of a migrated file, outside the plugins' tables: these the plugins' own schemas check. */
export function unknownKeysOf(table: Table, file: string, text: string): UnknownKey[] {
  const found: UnknownKey[] = [];
  const check = (value: unknown, path: readonly string[], pattern: string) => {
    const known = KNOWN_KEYS.get(pattern);
    if (!known || !isTable(value)) return;
    for (const key of Object.keys(value)) {
      if (known.includes(key)) continue;
      const suggestion = nearest(key, known);
      const full = [...path, key].join(".");
      found.push({ file, key: full, line: lineOf(key, text), ...(suggestion && { suggestion }) });
    }
  };
  check(table, [], "");
  for (const name of ["debug", "cgroup"]) check(table[name], [name], name);
  for (const name of ["proxy_plugins", "stream_processors"]) {
    const tables = table[name];
    if (isTable(tables))
      for (const [id, value] of Object.entries(tables)) check(value, [name, id], `${name}.*`);
  }
  return found;
}

/** The first line in which `key` is set or opens a table. The parser keeps no positions. */
export function lineOf(key: string, text: string): number | undefined {
  const escaped = key.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  const pattern = new RegExp(`^\\s*(?:\\[{1,2}\\s*(?:.*\\.)?)?["']?${escaped}["']?\\s*(?:=|\\.|\\])`);
  const index = text.split("\n").findIndex((line) => pattern.test(line));
  return index < 0 ? undefined : index + 1;
}
