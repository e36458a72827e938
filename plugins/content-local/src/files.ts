import { mkdir, open, rename, writeFile, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";

/** So much is read or written at once, in bytes: hashing it takes the event loop about a millisecond. */
export const SLICE_BYTES: number = 512 * 1024;

/** Replaces a small file in one step. Not synced: see {@link "./ingest-files.ts"}. */
export async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.tmp`, text);
  await rename(`${path}.tmp`, path);
}

/** Makes the names in a directory durable. */
export async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, "r");
  await directory.sync();
}

/** Makes a directory and those above it, durably. */
export async function makeDirectory(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o755 });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) await syncDirectory(dirname(made));
}

/** Writes all of `data` at a place of the file. */
export async function writeFully(file: FileHandle, data: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < data.length;) {
    const { bytesWritten } = await file.write(data, done, data.length - done, position + done);
    done += bytesWritten;
  }
}

/** Yields `from` to `to` of the file in slices, fewer when it ends before. The slices are borrowed: one buffer serves for all. */
export async function* readSlices(
  file: FileHandle,
  from: number,
  to: number,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const buffer = Buffer.allocUnsafeSlow(Math.min(SLICE_BYTES, Math.max(to - from, 0)));
  for (let position = from; position < to;) {
    signal?.throwIfAborted();
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, to - position), position);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
    position += bytesRead;
  }
}
