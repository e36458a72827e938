import { createGunzip, createZstdDecompress } from "node:zlib";
import { DataLossError } from "@davit/errdefs";
import { Prefetch } from "./prefetch.ts";
import { splitFrames } from "./zstd-frames.ts";

/** How a layer is compressed. */
export type Compression = "gzip" | "zstd" | "none";

type Codec = Exclude<Compression, "none">;
type Engine = ReturnType<typeof createGunzip> | ReturnType<typeof createZstdDecompress>;

// One large buffer per round trip to the thread pool; two in flight, so that inflating goes on while one is consumed.
const BUFFERS = { chunkSize: 1 << 20, highWaterMark: 1 << 21 };
const ENGINES: Readonly<Record<Codec, () => Engine>> = {
  gzip: () => createGunzip(BUFFERS),
  zstd: () => createZstdDecompress(BUFFERS),
};

/** Bytes needed to tell a compression. */
const MAGIC_BYTES = 4;

/** Tells the compression by the first bytes (four are enough); what is neither gzip nor zstd is "none". */
export function detectCompression(start: Uint8Array): Compression {
  const [a, b, c, d] = start;
  if (a === 0x1f && b === 0x8b && c === 0x08) return "gzip";
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return "zstd";
  // A skippable frame of zstd, with which a seekable stream may begin.
  if (a !== undefined && (a & 0xf0) === 0x50 && b === 0x2a && c === 0x4d && d === 0x18) return "zstd";
  return "none";
}

/**
 * Decompresses a stream. Several gzip members or zstd frames after each other are one stream, and zero padding behind
 * the last is dropped. Chunks are borrowed: they are valid until the next is asked for.
 *
 * @param source its chunks are borrowed likewise.
 * @throws DataLossError when the data is damaged or ends early; errors of `source` pass as they are.
 */
export async function* decompress(
  source: AsyncIterable<Uint8Array>,
  compression: Compression | "detect" = "detect",
): AsyncGenerator<Uint8Array> {
  const input = new Prefetch(source);
  try {
    const kind = compression === "detect" ? detectCompression(await input.peek(MAGIC_BYTES)) : compression;
    if (kind === "none") yield* input;
    else yield* inflate(input, kind);
  } finally {
    await input.close();
  }
}

async function* inflate(input: AsyncIterable<Uint8Array>, codec: Codec): AsyncGenerator<Uint8Array> {
  const engine = ENGINES[codec]();
  const failure: { error?: unknown } = {};
  const feeding = feed(codec === "zstd" ? splitFrames(input) : input, engine, failure);
  try {
    yield* engine as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw failure.error ?? new DataLossError(`${codec} data is damaged or ends early`, { cause: error });
  } finally {
    engine.destroy();
    await feeding;
  }
}

/** Writes input into the engine until either ends: gunzip does before zero padding. Never rejects: `failure` says it. */
async function feed(
  input: AsyncIterable<Uint8Array>,
  engine: Engine,
  failure: { error?: unknown },
): Promise<void> {
  const closed = new Promise<void>((resolve) => engine.once("close", resolve));
  try {
    for await (const chunk of input) {
      if (engine.destroyed) return;
      const before = engine.bytesWritten;
      // An engine that fails does not call back, but it closes.
      await Promise.race([closed, new Promise((resolve) => engine.write(chunk, resolve))]);
      if (engine.bytesWritten - before < chunk.length) return;
    }
    engine.end();
  } catch (error) {
    failure.error = error;
    engine.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}
