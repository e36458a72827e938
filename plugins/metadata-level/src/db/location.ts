import { mkdir, mkdtemp, open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DataLossError, FailedPreconditionError, isErrno } from "@davit/errdefs";
import { Level } from "level";
import { isLogDamaged } from "./log-file.ts";
import { SCHEMA_KEY, SCHEMA_VERSION } from "./schema.ts";

/**
 * Makes sure that there is a database at `path`: a new one appears whole, with its schema's version in it, or not at all.
 * @throws DataLossError when the files there are not those of a whole database.
 */
export async function ensureDatabase(path: string, options: { readonly checkLogs: boolean }): Promise<void> {
  const files = await filesAt(path);
  if (files === undefined) return createDatabase(path);
  if (!files.includes("CURRENT"))
    throw damaged(path, files.length === 0 ? "its directory is empty" : "the file CURRENT is missing");
  if (!options.checkLogs) return;
  for (const log of files.filter((file) => file.endsWith(".log")))
    if (isLogDamaged(join(path, log))) throw damaged(path, `${log} is broken before its end`);
}

/** The error of a database that must not be used: nobody but its owner may decide to start anew. */
export const damaged = (path: string, why: string, cause?: unknown): DataLossError =>
  new DataLossError(
    `metadata database ${path} is damaged: ${why}. Restore it from a copy, or move it away to start with an empty one`,
    { bare: true, cause },
  );

/** The error of a second opener. */
export const inUse = (path: string): FailedPreconditionError =>
  new FailedPreconditionError(`metadata database ${path} is in use by another daemon`, { bare: true });

async function filesAt(path: string): Promise<readonly string[] | undefined> {
  try {
    return await readdir(path);
  } catch (err) {
    if (isErrno(err, "ENOENT")) return undefined;
    throw err;
  }
}

async function createDatabase(path: string): Promise<void> {
  const parent = dirname(path);
  await mkdir(parent, { recursive: true, mode: 0o711 });
  const fresh = await mkdtemp(`${path}.new-`);
  const db = new Level(fresh);
  await db.open();
  await db.batch([{ type: "put", key: SCHEMA_KEY, value: String(SCHEMA_VERSION) }], { sync: true });
  await db.close();
  try {
    await rename(fresh, path);
  } catch (err) {
    await rm(fresh, { recursive: true, force: true });
    // Another daemon was faster: the lock decides.
    if (!isErrno(err, "ENOTEMPTY") && !isErrno(err, "EEXIST")) throw err;
  }
  await syncDirectory(parent);
}

/** Removes what creations left that did not end. Only the holder of the database may. */
export async function removeUnfinished(path: string): Promise<void> {
  const parent = dirname(path);
  for (const file of await readdir(parent))
    if (join(parent, file).startsWith(`${path}.new-`))
      await rm(join(parent, file), { recursive: true, force: true });
}

async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, "r");
  await directory.sync();
}
