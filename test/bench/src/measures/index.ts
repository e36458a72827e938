import type { Measure } from "../measure.ts";
import { loop, pull, pullDebian, pullLocal, pullParallel } from "./pull.ts";
import { run } from "./run.ts";
import { idle, ready } from "./start.ts";
import { version } from "./version.ts";

/** All that is measured, in the order of the report. */
export const measures: readonly Measure[] = [
  ready,
  idle,
  version,
  pull,
  pullParallel,
  pullLocal,
  pullDebian,
  loop,
  run,
];
