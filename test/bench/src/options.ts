import { parseArgs } from "node:util";
import type { ImageSize } from "./layered-image.ts";

/** What a run of the benchmarks is to do. */
export interface BenchOptions {
  /** How often each measure is taken of each daemon. */
  readonly rounds: number;
  /** Measures to take: a name, or the beginning of several. Empty means all. */
  readonly only: readonly string[];
  readonly format: "text" | "json";
  /** The image that is pulled. */
  readonly image: ImageSize;
  /** Calls of each of the three ways to call `Version`. */
  readonly calls: number;
  /** Containers run one after the other, in each round. */
  readonly containers: number;
  /** Milliseconds a daemon is left alone before its memory is read. */
  readonly idleMs: number;
}

/** What is measured unless the command line says otherwise. */
export const DEFAULTS: BenchOptions = {
  rounds: 5,
  only: [],
  format: "text",
  image: { layers: 8, files: 20_000, sizeBytes: 200_000_000 },
  calls: 8_000,
  containers: 10,
  idleMs: 3_000,
};

/** Small enough for a test: the figures mean nothing. */
export const QUICK: BenchOptions = {
  ...DEFAULTS,
  rounds: 1,
  image: { layers: 3, files: 300, sizeBytes: 3_000_000 },
  calls: 100,
  containers: 1,
  idleMs: 100,
};

/** Reads arguments (without the program's). @returns undefined when help is asked for. @throws TypeError for what is not known. */
export function parseOptions(args: readonly string[]): BenchOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: "string", short: "n" },
      only: { type: "string", multiple: true },
      format: { type: "string" },
      quick: { type: "boolean" },
      layers: { type: "string" },
      files: { type: "string" },
      "size-mb": { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return undefined;
  const base = values.quick ? QUICK : DEFAULTS;
  const { format = base.format } = values;
  if (format !== "text" && format !== "json") throw new TypeError(`--format ${format}: use text or json`);
  const sizeMb = count("size-mb", values["size-mb"]);
  return {
    ...base,
    format,
    only: values.only ?? [],
    rounds: count("rounds", values.rounds) ?? base.rounds,
    image: {
      layers: count("layers", values.layers) ?? base.image.layers,
      files: count("files", values.files) ?? base.image.files,
      sizeBytes: sizeMb === undefined ? base.image.sizeBytes : sizeMb * 1_000_000,
    },
  };
}

function count(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d*$/.test(text)) throw new TypeError(`--${name} ${text}: not a positive number`);
  return Number(text);
}

export const usage = (measures: readonly string[]): string => `Puts containerd beside davitd in the same run.

usage: npm run bench -- [options]

  -n, --rounds N        how often each measure is taken of each daemon (${DEFAULTS.rounds}); daemons take turns
      --only NAME       only measures whose name begins so; may be given again
      --format FORMAT   text or json
      --quick           a trial: one round of everything, small
      --layers N        layers of the image that is pulled (${DEFAULTS.image.layers})
      --files N         files in it (${DEFAULTS.image.files})
      --size-mb N       its size when unpacked (${DEFAULTS.image.sizeBytes / 1_000_000})
  -h, --help

measures: ${measures.join(", ")}

example: npm run bench -- -n 3 --only pull --format json
`;
