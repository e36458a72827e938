/** Benchmarks: containerd beside Davit in the same run. @packageDocumentation */
export { runBench, type BenchResult, type Row } from "./bench.ts";
export { layeredImage, type ImageSize } from "./layered-image.ts";
export { loopWatch, type LoopGap, type LoopReport, type LoopWatch } from "./loop-report.ts";
export type { Figure } from "./measure.ts";
export { DEFAULTS, parseOptions, QUICK, usage, type BenchOptions } from "./options.ts";
export { findPeers, type Peer, type PeerName, type PeerSettings } from "./peers.ts";
export { cpuSeconds, memoryOf, parseCpuSeconds, type Memory } from "./process-usage.ts";
export { toJson, toText } from "./report.ts";
export { makeScratch, type Scratch } from "./scratch.ts";
export { median, medianRatio, summary, type Series, type Summary } from "./statistics.ts";
export { table } from "./table.ts";
export { targetsOf, type Target } from "./targets.ts";
