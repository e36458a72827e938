import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { DataLossError } from "@davit/errdefs";

/** Where the bytes of a layer are: a file by name, or one that is open in this process. */
export type LayerSource = LayerFile | LayerDescriptor;

/** A file by name. */
export interface LayerFile {
  readonly path: string;
}

/** An open file, read by position; it stays open, and must until the work has ended. */
export interface LayerDescriptor {
  readonly fd: number;
  /** The size in the end. */
  readonly sizeBytes: number | bigint;
  /**
   * While the file still grows: a BigInt64Array's buffer whose first element is the count of bytes there are, −1 once
   * it failed. Its writer stores, then notifies (`Atomics`).
   */
  readonly available?: SharedArrayBuffer | undefined;
}

const CHUNK_BYTES = 1 << 18;
/** How often a wait for more bytes looks whether the work was cancelled. */
const POLL_MS = 100;

/**
 * Reads a source from its beginning to its end, by blocking calls. The chunk is borrowed: the next one overwrites it.
 *
 * @param check called before each read; what it throws ends the reading.
 * @throws DataLossError when the file ends before its size, or its writer failed.
 */
export async function* readSource(source: LayerSource, check: () => void): AsyncGenerator<Uint8Array> {
  if (!("path" in source)) {
    yield* readDescriptor(source, check);
    return;
  }
  const fd = openSync(source.path, "r"); // closed by the thread that opened it, or Node complains
  try {
    yield* readDescriptor({ fd, sizeBytes: fstatSync(fd).size }, check);
  } finally {
    closeSync(fd);
  }
}

async function* readDescriptor(source: LayerDescriptor, check: () => void): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  const sizeBytes = Number(source.sizeBytes);
  for (let position = 0; position < sizeBytes;) {
    check();
    const end = Math.min(sizeBytes, await bytesBeyond(source, position, check));
    const count = readSync(source.fd, buffer, 0, Math.min(buffer.length, end - position), position);
    if (count === 0) throw new DataLossError(`layer ends after ${position} of ${sizeBytes} bytes`);
    position += count;
    yield buffer.subarray(0, count);
  }
}

/** Waits until there is more than `position` bytes; returns how many there are. */
async function bytesBeyond(
  { available }: LayerDescriptor,
  position: number,
  check: () => void,
): Promise<number> {
  if (!available) return Infinity;
  const count = new BigInt64Array(available);
  for (;;) {
    const bytes = Atomics.load(count, 0);
    if (bytes < 0n) throw new DataLossError(`layer's source failed after ${position} bytes`);
    if (bytes > BigInt(position)) return Number(bytes);
    const waited = Atomics.waitAsync(count, 0, bytes, POLL_MS);
    if (waited.async) await waited.value;
    check();
  }
}
