// The whole work on a layer: read, decompress, hash, parse, write. Blocks its thread: it runs on a worker.
import { createHash } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { CanceledError } from "@davit/errdefs";
import { syncfs } from "@davit/sys";
import { decompress, type Compression } from "./compression.ts";
import { memberError } from "./member-error.ts";
import { LayerWriter, type LayerWriterOptions } from "./layer-writer.ts";
import { readSource, type LayerSource } from "./layer-source.ts";
import { checkDecompressed, type LayerLimits } from "./limits.ts";
import { TarReader } from "./tar-reader.ts";

/** A layer to unpack, as a worker gets it. */
export interface UnpackRequest extends Omit<LayerWriterOptions, "warn" | "limits" | "skipDevices"> {
  readonly source: LayerSource;
  readonly compression: Compression | "detect";
  readonly limits: LayerLimits;
  /** Write everything back before answering. */
  readonly sync: boolean;
}

/** What a worker answers. */
export interface UnpackResult {
  /** sha256 of the uncompressed bytes, in hex. */
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly entries: number;
  readonly warnings: readonly string[];
}

/** How far the work is. */
export interface UnpackProgress {
  /** Bytes of the source read. */
  readonly readBytes: number;
  /** Bytes of the archive unpacked. */
  readonly unpackedBytes: number;
}

/** How the work is watched and stopped. */
export interface UnpackControl {
  /** Throws when the work was cancelled. Called often. */
  readonly check: () => void;
  readonly onProgress: (progress: UnpackProgress) => void;
  /** Devices cannot be made here. */
  readonly skipDevices: boolean;
}

const MAX_WARNINGS = 100;

/** Unpacks a layer. On failure the root is left as it is then: its owner removes it. */
export async function unpack(request: UnpackRequest, control: UnpackControl): Promise<UnpackResult> {
  const warnings: string[] = [];
  const warn = (message: string) => void (warnings.length < MAX_WARNINGS && warnings.push(message));
  const writer = openWriter({ ...request, warn, skipDevices: control.skipDevices });
  try {
    const digest = await pump(request, control, writer);
    writer.end();
    if (request.sync) syncRoot(request.root);
    return { ...digest, entries: writer.entries, warnings };
  } catch (error) {
    throw memberError(writer.where, error);
  } finally {
    writer.close();
  }
}

function openWriter(options: LayerWriterOptions): LayerWriter {
  try {
    return new LayerWriter(options);
  } catch (error) {
    throw memberError(`root ${options.root}`, error);
  }
}

async function pump(
  { source, compression, limits }: UnpackRequest,
  control: UnpackControl,
  writer: LayerWriter,
) {
  const hash = createHash("sha256");
  const reader = new TarReader(writer);
  let failed = false;
  let readBytes = 0;
  let sizeBytes = 0;
  // A source that still grows may be waited for: not once the layer has failed.
  const check = () => (failed ? raise(new CanceledError("unpack")) : control.check());
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of readSource(source, check)) {
      readBytes += chunk.length;
      yield chunk;
    }
  }
  const consume = (chunk: Uint8Array) => {
    check();
    sizeBytes += chunk.length;
    checkDecompressed(sizeBytes, readBytes, limits);
    hash.update(chunk);
    reader.push(chunk);
    control.onProgress({ readBytes, unpackedBytes: sizeBytes });
  };
  for await (const chunk of decompress(counted(), compression)) {
    try {
      consume(chunk);
    } catch (error) {
      failed = true;
      throw error;
    }
  }
  reader.end();
  return { sha256: hash.digest("hex"), sizeBytes };
}

function raise(error: Error): never {
  throw error;
}

function syncRoot(root: string): void {
  const fd = openSync(root, "r");
  try {
    syncfs(fd);
  } finally {
    closeSync(fd);
  }
}
