import { rmSync } from "node:fs";
import { mkdtemp, open, type FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DataLossError } from "@davit/errdefs";
import type { LayerDescriptor } from "./layer-source.ts";

/** A layer that arrives as a stream, on its way through a file without a name. */
export interface SpooledLayer extends LayerDescriptor, AsyncDisposable {
  readonly available: SharedArrayBuffer;
  /** Settles when the stream has ended; rejects with its error, which the layer itself only knows as "source failed". */
  readonly complete: Promise<void>;
}

/** How a stream is spooled. */
export interface SpoolOptions {
  /** Bytes the stream will have. */
  readonly sizeBytes: number | bigint;
  /** Where the file lies; default the system's directory for temporary files. */
  readonly directory?: string | undefined;
}

const FAILED = -1n;

/**
 * Turns a stream into a source that workers read while it still arrives: for stores that have no file to offer. The
 * file has lost its name before the first byte, so nothing stays behind whatever happens.
 *
 * @returns the source, while the stream goes on. Dispose of it once the layer is applied: that ends the stream and closes the file.
 */
export async function spool(stream: AsyncIterable<Uint8Array>, options: SpoolOptions): Promise<SpooledLayer> {
  const file = await anonymousFile(options.directory ?? tmpdir());
  const available = new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT);
  const control = { stopped: false };
  const complete = copy(stream, file, available, Number(options.sizeBytes), control);
  complete.catch(() => undefined); // who does not ask is told by the layer's own failure
  return {
    fd: file.fd,
    sizeBytes: options.sizeBytes,
    available,
    complete,
    async [Symbol.asyncDispose]() {
      control.stopped = true;
      await complete.catch(() => undefined);
      await file.close();
    },
  };
}

async function anonymousFile(directory: string): Promise<FileHandle> {
  const dir = await mkdtemp(join(directory, "davit-spool-"));
  try {
    return await open(join(dir, "layer"), "wx+", 0o600);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function copy(
  stream: AsyncIterable<Uint8Array>,
  file: FileHandle,
  available: SharedArrayBuffer,
  sizeBytes: number,
  control: { readonly stopped: boolean },
): Promise<void> {
  const count = new BigInt64Array(available);
  const publish = (bytes: bigint) => {
    Atomics.store(count, 0, bytes);
    Atomics.notify(count, 0);
  };
  try {
    let written = 0;
    for await (const chunk of stream) {
      if (control.stopped) break;
      for (let done = 0; done < chunk.length;)
        done += (await file.write(chunk, done, chunk.length - done, written + done)).bytesWritten;
      written += chunk.length;
      publish(BigInt(written));
    }
    if (written < sizeBytes) throw new DataLossError(`layer ends after ${written} of ${sizeBytes} bytes`);
  } catch (error) {
    publish(FAILED);
    throw error;
  }
}
