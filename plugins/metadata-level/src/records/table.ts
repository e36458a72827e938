import { lastPart, keyOf, prefixOf } from "../db/keys.ts";
import type { Transaction } from "../db/overlay.ts";
import type { Reader } from "../db/reader.ts";
import type { GcRecords } from "./gc.ts";

/** How the records of a kind lie in the database. */
export interface Table<T> {
  /** The first part of the keys. */
  readonly name: string;
  /** The value, as JSON will have it. */
  encode(value: T): unknown;
  /** The reverse of `encode`, for the record called `key`. */
  decode(key: string, stored: unknown): T;
  /** What the collector of garbage is to know of the record. */
  gcRecords(scope: readonly string[], value: T): GcRecords;
}

/** Where records of one kind are: the namespace, and for snapshots the snapshotter. */
export type Scope = readonly [namespace: string, ...string[]];

export async function getRecord<T>(
  reader: Reader,
  table: Table<T>,
  scope: Scope,
  key: string,
): Promise<T | undefined> {
  const text = await reader.get(keyOf(table.name, ...scope, key));
  return text === undefined ? undefined : table.decode(key, JSON.parse(text));
}

/** The records of a scope, in byte order of their keys. */
export async function* listRecords<T>(reader: Reader, table: Table<T>, scope: Scope): AsyncGenerator<T> {
  for await (const [key, text] of reader.range(prefixOf(table.name, ...scope)))
    yield table.decode(lastPart(key), JSON.parse(text));
}

/** Writes a record and what the collector reads of it. `previous` is the record there was. */
export async function putRecord<T>(
  tx: Transaction,
  table: Table<T>,
  scope: Scope,
  key: string,
  value: T,
  previous?: T,
): Promise<void> {
  await touchNamespace(tx, scope[0]);
  tx.put(keyOf(table.name, ...scope, key), JSON.stringify(table.encode(value)));
  const before = previous === undefined ? new Map<string, string>() : table.gcRecords(scope, previous);
  const after = table.gcRecords(scope, value);
  for (const old of before.keys()) if (!after.has(old)) tx.delete(old);
  for (const [gcKey, text] of after) if (before.get(gcKey) !== text) tx.put(gcKey, text);
}

/** Removes a record and what the collector reads of it, and says that something was deleted. */
export function deleteRecord<T>(
  tx: Transaction,
  table: Table<T>,
  scope: Scope,
  key: string,
  previous: T,
): void {
  dropRecord(tx, table, scope, key, previous);
  tx.noteDeletion();
}

/** Removes a record and what the collector reads of it: of what went on under another name. */
export function dropRecord<T>(
  tx: Transaction,
  table: Table<T>,
  scope: Scope,
  key: string,
  previous: T,
): void {
  tx.delete(keyOf(table.name, ...scope, key));
  for (const gcKey of table.gcRecords(scope, previous).keys()) tx.delete(gcKey);
}

/** Namespaces spring into being with the first write into them. */
export async function touchNamespace(tx: Transaction, namespace: string): Promise<void> {
  const key = keyOf("namespace", namespace);
  if ((await tx.get(key)) === undefined) tx.put(key, "{}");
}
