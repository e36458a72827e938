/**
 * Layers of container images: what their media types mean, decompression, and unpacking in place on worker threads.
 *
 * @packageDocumentation
 */
export {
  applyLayer,
  unpackPool,
  type AppliedLayer,
  type ApplyLayerOptions,
  type ApplyLayerRequest,
  type UnpackPool,
} from "./apply-layer.ts";
export { decompress, detectCompression, type Compression } from "./compression.ts";
export { type LayerDescriptor, type LayerFile, type LayerSource } from "./layer-source.ts";
export { DEFAULT_LIMITS, type LayerLimits } from "./limits.ts";
export { isLayerMediaType, parseLayerMediaType, type LayerMediaType } from "./media-type.ts";
export { spool, type SpooledLayer, type SpoolOptions } from "./spool.ts";
export type { UnpackProgress } from "./unpack.ts";
export { WorkerPool, type RunOptions, type WorkerPoolOptions } from "./worker-pool.ts";
