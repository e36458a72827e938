import assert from "node:assert/strict";
import type { Database } from "../db/database.ts";
import { partsOf, prefixOf } from "../db/keys.ts";
import { containerTable } from "../records/container.ts";
import { blobTable, ingestTable } from "../records/content.ts";
import { imageTable } from "../records/image.ts";
import { leaseTable } from "../records/lease.ts";
import { sandboxTable } from "../records/sandbox.ts";
import { snapshotTable } from "../records/snapshot.ts";
import type { Table } from "../records/table.ts";
import { gather } from "./fixture.ts";

/** All kinds of records. */
export const tables: readonly Table<never>[] = [
  imageTable,
  containerTable,
  blobTable,
  ingestTable,
  leaseTable,
  sandboxTable,
  snapshotTable,
] as unknown as readonly Table<never>[];

/** What is derived from them. */
export const derived = ["ref", "bref", "root", "expire", "flat", "cond", "used", "child", "backend"] as const;

/** That the collector's records are those that the records call for: what a batch that was half written would break. */
export async function checkDerived(raw: Database): Promise<number> {
  const expected = new Map<string, string>();
  for (const table of tables)
    for await (const [key, text] of raw.range(prefixOf(table.name))) {
      const [, ...scope] = partsOf(key);
      const name = scope.pop() ?? "";
      for (const [gcKey, value] of table.gcRecords(scope, table.decode(name, JSON.parse(text) as never)))
        expected.set(gcKey, value);
    }
  const found = new Map<string, string>();
  for (const name of derived)
    for (const [key, text] of await gather(raw.range(prefixOf(name)))) found.set(key, text);
  assert.deepEqual(new Map([...found].toSorted()), new Map([...expected].toSorted()));
  return found.size;
}
