import { join } from "node:path";
import { Database } from "../db/database.ts";
import type { Fixture } from "./fixture.ts";

/** The database of a fixture, whose store is closed for it. */
export async function openRaw({ root, metadata }: Fixture): Promise<Database> {
  await metadata[Symbol.asyncDispose]();
  return await Database.open(join(root, "meta.db"));
}
