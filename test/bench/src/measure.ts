import type { BenchOptions } from "./options.ts";
import type { PushedImages } from "./images.ts";
import type { LoopReport } from "./loop-report.ts";
import type { Peer } from "./peers.ts";
import type { Place } from "./running-peer.ts";

/** What a measure needs of the run it is part of. */
export interface Bench extends Place {
  readonly options: BenchOptions;
  readonly peers: readonly Peer[];
  /** Made at the first call. */
  images(): Promise<PushedImages>;
  /** Keeps a look at an event loop, for the report. */
  keep(report: LoopReport): void;
}

/** A row of the report. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  /** Digits behind the point. */
  readonly digits: number;
  readonly better: "less" | "more";
}

/** The values of a measure's figures, in their order. */
export type Sample = readonly number[];

/** Something that is measured of a daemon. */
export interface Measure {
  readonly name: string;
  readonly figures: readonly Figure[];
  /** How often it is taken in a round; default once. */
  readonly repeat?: number;
  /** Which daemons take part, and as what; default all. */
  readonly takesPart?: (peer: Peer) => boolean;
  /** Starts a daemon of its own, measures it and ends it. */
  readonly sample: (bench: Bench, peer: Peer) => Promise<Sample>;
}

export const MB = 1_000_000;
