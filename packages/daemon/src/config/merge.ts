import { isDeepStrictEqual } from "node:util";
import { copyTable, isTable, type Table } from "./table.ts";

/** Their entries are replaced whole, not merged key by key (reference 00 §5.2). */
const WHOLE_ENTRIES = new Set(["stream_processors", "proxy_plugins", "timeouts"]);

/**
 * Lays `from` over `to`: a scalar that is not zero wins, lists become a union in order, tables are merged by key
 * (reference 00 §5.2).
 */
export function mergeConfig(to: Table, from: Table): Table {
  const merged = copyTable(to);
  for (const [key, value] of Object.entries(from)) {
    const old = merged[key];
    if (WHOLE_ENTRIES.has(key) && isTable(value))
      merged[key] = { ...(isTable(old) ? old : {}), ...copyTable(value) };
    else merged[key] = mergeValue(old, value);
  }
  return merged;
}

function mergeValue(old: unknown, value: unknown): unknown {
  if (isTable(value)) return isTable(old) ? mergeTables(old, value) : copyTable(value);
  if (Array.isArray(value)) return union(Array.isArray(old) ? old : [], value);
  const isZero = value === "" || value === 0 || value === false;
  return isZero && old !== undefined ? old : value;
}

function mergeTables(to: Table, from: Table): Table {
  const merged = copyTable(to);
  for (const [key, value] of Object.entries(from)) merged[key] = mergeValue(merged[key], value);
  return merged;
}

const union = (old: readonly unknown[], added: readonly unknown[]): unknown[] => [
  ...old,
  ...added.filter((value) => !old.some((other) => isDeepStrictEqual(other, value))),
];
