import { chmod, open, type FileHandle } from "node:fs/promises";
import { Digester, type Algorithm } from "@davit/digest";
import { isErrno, quote } from "@davit/errdefs";
import { now, type Instant } from "@davit/time";
import { diskError } from "./disk-errors.ts";
import { readSlices } from "./files.ts";
import { createIngest, dataPath, readIngest, removeIngest, touchIngest, writeTotal } from "./ingest-files.ts";

/** An ingest with its file open, and the hash of what is there already. The owner closes the file. */
export interface OpenIngest {
  readonly file: FileHandle;
  readonly digester: Digester;
  readonly offset: number;
  /** Size of the whole blob in bytes; 0 when unknown. */
  readonly total: bigint;
  readonly startedAt: Instant;
  readonly updatedAt: Instant;
}

/** Which ingest to open, and how. */
export interface OpenIngestOptions {
  readonly directory: string;
  readonly ref: string;
  readonly total: bigint;
  readonly algorithm: Algorithm;
  readonly signal?: AbortSignal | undefined;
  /** Told why an ingest that is there cannot be resumed; it is then begun anew. */
  readonly onRestart: (reason: string) => void;
}

/** Resumes the ingest in a directory, or begins it. */
export async function openIngest(options: OpenIngestOptions): Promise<OpenIngest> {
  const { directory, ref, signal } = options;
  try {
    return (await resume(options)) ?? (await begin(options));
  } catch (err) {
    // What could not be begun leaves no trace; what can be resumed stays.
    if ((await readIngest(directory)) === undefined) await removeIngest(directory);
    signal?.throwIfAborted();
    throw diskError(`open ingest ${quote(ref)}`, err);
  }
}

async function begin({ directory, ref, total, algorithm }: OpenIngestOptions): Promise<OpenIngest> {
  const startedAt = now();
  await createIngest(directory, { ref, total, startedAt });
  const file = await open(dataPath(directory), "wx+");
  return { file, digester: new Digester(algorithm), offset: 0, total, startedAt, updatedAt: startedAt };
}

/** The ingest as it was left, or undefined when there is none that can be taken up. */
async function resume(options: OpenIngestOptions): Promise<OpenIngest | undefined> {
  const { directory, ref, total, algorithm, signal, onRestart } = options;
  const status = await readIngest(directory);
  if (status === undefined) return undefined;
  const reason = mismatch(status, { ref, total });
  if (reason !== undefined) {
    onRestart(reason);
    return undefined;
  }
  const file = await openData(dataPath(directory));
  try {
    if (total > 0n && status.total === 0n) await writeTotal(directory, total);
    const updatedAt = now();
    await touchIngest(directory, updatedAt);
    const { digester, offset } = await hashFile(file, { algorithm, signal });
    return { file, digester, offset, total: total || status.total, startedAt: status.startedAt, updatedAt };
  } catch (err) {
    await file.close();
    throw err;
  }
}

function mismatch(
  found: { readonly ref: string; readonly total: bigint },
  wanted: { readonly ref: string; readonly total: bigint },
): string | undefined {
  if (found.ref !== wanted.ref) return `the ref file says ${quote(found.ref)}`;
  if (found.total > 0n && wanted.total > 0n && found.total !== wanted.total)
    return `the total was ${found.total} and is now ${wanted.total}`;
  return undefined;
}

/** Opens the data for appending. A crash in the middle of a commit has left them read-only. */
async function openData(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r+");
  } catch (err) {
    if (!isErrno(err, "EACCES")) throw err;
    await chmod(path, 0o644);
    return open(path, "r+");
  }
}

/** Hashes a file from its start to `end` (default: all of it), slice by slice, so that the event loop gets its turns. */
export async function hashFile(
  file: FileHandle,
  options: {
    readonly algorithm: Algorithm;
    readonly end?: number | undefined;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<{ readonly digester: Digester; readonly offset: number }> {
  const digester = new Digester(options.algorithm);
  const end = options.end ?? (await file.stat()).size;
  let offset = 0;
  for await (const slice of readSlices(file, 0, end, options.signal)) {
    digester.update(slice);
    offset += slice.length;
  }
  return { digester, offset };
}
