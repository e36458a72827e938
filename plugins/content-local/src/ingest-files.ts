import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Status } from "@davit/content";
import { isErrno } from "@davit/errdefs";
import { formatRfc3339, parseRfc3339, type Instant } from "@davit/time";
import { replaceFile } from "./files.ts";

// An ingest is a directory of containerd's five files. It exists from the moment all but `total` are there, and ends when
// `data` is renamed away: what a crash leaves between is incomplete and counts as nothing. The small files are not synced:
// one that a power cut takes away makes the ingest start over, and no acknowledged byte is in them.

/** The file that holds the bytes so far. */
export const dataPath = (directory: string): string => join(directory, "data");

/** What is written when an ingest begins. */
export interface IngestStart {
  readonly ref: string;
  /** Size of the whole blob in bytes; 0 when unknown. */
  readonly total: bigint;
  readonly startedAt: Instant;
}

/** Writes the files of a new ingest, all but the data; what was there before is gone. */
export async function createIngest(directory: string, { ref, total, startedAt }: IngestStart): Promise<void> {
  await removeIngest(directory);
  await mkdir(directory, { recursive: true });
  await replaceFile(join(directory, "startedat"), formatRfc3339(startedAt));
  await touchIngest(directory, startedAt);
  if (total > 0n) await writeTotal(directory, total);
  await writeFile(join(directory, "ref"), ref);
}

/** Removes an ingest, if there is one. Its writer may be putting a date there at the same time. */
export const removeIngest = (directory: string): Promise<void> =>
  rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 5 });

/** Records when the ingest was last written to. */
export const touchIngest = (directory: string, instant: Instant): Promise<void> =>
  replaceFile(join(directory, "updatedat"), formatRfc3339(instant));

/** Records how many bytes there will be. */
export const writeTotal = (directory: string, total: bigint): Promise<void> =>
  replaceFile(join(directory, "total"), String(total));

/** The state of the ingest in a directory, or undefined when there is none or it is incomplete. */
export async function readIngest(directory: string): Promise<Status | undefined> {
  try {
    const [ref, startedAt, updatedAt, total, data] = await Promise.all([
      readFile(join(directory, "ref"), "utf8"),
      readTime(join(directory, "startedat")),
      readTime(join(directory, "updatedat")),
      readTotal(directory),
      stat(dataPath(directory), { bigint: true }),
    ]);
    if (startedAt === undefined || updatedAt === undefined) return undefined;
    const written = data.mtimeNs > updatedAt ? data.mtimeNs : updatedAt;
    return { ref, offset: data.size, total, startedAt, updatedAt: written };
  } catch (err) {
    if (isErrno(err, "ENOENT", "ENOTDIR")) return undefined;
    throw err;
  }
}

const readTime = async (path: string): Promise<Instant | undefined> =>
  parseRfc3339(await readFile(path, "utf8"));

async function readTotal(directory: string): Promise<bigint> {
  try {
    const text = await readFile(join(directory, "total"), "utf8");
    return /^\d+$/.test(text) ? BigInt(text) : 0n;
  } catch (err) {
    if (isErrno(err, "ENOENT")) return 0n;
    throw err;
  }
}
