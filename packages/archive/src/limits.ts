import { ResourceExhaustedError } from "@davit/errdefs";

/** What a layer may cost. A layer beyond is refused with ResourceExhausted. */
export interface LayerLimits {
  /** Uncompressed bytes of the archive, and of its files together with their holes. */
  readonly maxBytes: number;
  /** Members of the archive. Each is kept in the worker's memory (some 150 bytes). */
  readonly maxEntries: number;
  /** Uncompressed bytes for each compressed one, from the first gibibyte on. gzip cannot exceed 1032. */
  readonly maxRatio: number;
}

/** Generous to real images: the largest known layers are of some 50 GiB, with some hundred thousand members. */
export const DEFAULT_LIMITS: LayerLimits = { maxBytes: 2 ** 38, maxEntries: 2_000_000, maxRatio: 1500 };

/** A small layer may be as compressible as it likes: all zeros is no crime. */
const RATIO_FROM_BYTES = 2 ** 30;

/** Checks what has been decompressed so far. @throws ResourceExhaustedError */
export function checkDecompressed(sizeBytes: number, compressedBytes: number, limits: LayerLimits): void {
  const { maxBytes, maxRatio } = limits;
  if (sizeBytes > maxBytes)
    throw new ResourceExhaustedError(`layer of more than ${maxBytes} bytes uncompressed`);
  if (sizeBytes > RATIO_FROM_BYTES && sizeBytes > compressedBytes * maxRatio)
    throw new ResourceExhaustedError(`layer that grows more than ${maxRatio} times when decompressed`);
}
