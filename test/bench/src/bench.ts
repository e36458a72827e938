import { temporaryDirectory, testNamespace } from "@davit/test-support";
import { serveImages, type PushedImages } from "./images.ts";
import type { LoopGap } from "./loop-report.ts";
import type { Bench, Figure, Measure } from "./measure.ts";
import { measures } from "./measures/index.ts";
import type { BenchOptions } from "./options.ts";
import { findPeers, type Peer, type PeerName } from "./peers.ts";
import type { Series } from "./statistics.ts";

/** A figure of every daemon. */
export interface Row extends Figure {
  readonly measure: string;
  /** Values by round, of the daemons that took part. */
  readonly values: Readonly<Partial<Record<PeerName, Series>>>;
}

/** What a run has found. */
export interface BenchResult {
  readonly options: BenchOptions;
  readonly peers: readonly Pick<Peer, "name" | "label">[];
  readonly rows: readonly Row[];
  /** The longest gaps of davitd's event loop in all pulls. */
  readonly gaps: readonly LoopGap[];
  /** What went wrong, a text each. */
  readonly failures: readonly string[];
}

const GAPS = 5;

/**
 * Takes the measures, of each daemon in turn. What fails is noted, and the rest goes on.
 * @param say is told what is being done.
 */
export async function runBench(
  options: BenchOptions,
  say: (text: string) => void = () => undefined,
): Promise<BenchResult> {
  await using stack = new AsyncDisposableStack();
  const namespace = testNamespace();
  const { path: directory } = stack.use(temporaryDirectory("davit-bench-", { namespaces: [namespace] }));
  const peers = await findPeers();
  const gaps: LoopGap[] = [];
  const failures: string[] = [];
  let images: Promise<PushedImages> | undefined;
  const bench: Bench = {
    options,
    peers,
    directory,
    namespace,
    images: () => (images ??= serveImages(options.image).then((served) => stack.use(served))),
    keep: (report) => void gaps.push(...report.gaps),
  };
  const rows: Row[] = [];
  for (const measure of chosen(options)) {
    say(measure.name);
    rows.push(...(await take(bench, measure, failures)));
  }
  return {
    options,
    peers: peers.map(({ name, label }) => ({ name, label })),
    rows,
    gaps: gaps.toSorted((a, b) => b.ms - b.queuedMs - a.ms + a.queuedMs).slice(0, GAPS),
    failures,
  };
}

/** @throws TypeError when nothing is chosen. */
export function chosen({ only }: Pick<BenchOptions, "only">): readonly Measure[] {
  const named = measures.filter(
    ({ name }) => only.length === 0 || only.some((start) => name.startsWith(start)),
  );
  if (named.length === 0) throw new TypeError(`--only ${only.join(", ")}: no such measure`);
  return named;
}

/** Takes one measure of all its daemons, which begin by turns. One without a partner is measured alone. */
async function take(bench: Bench, measure: Measure, failures: string[]): Promise<Row[]> {
  const peers = bench.peers.filter((peer) => measure.takesPart?.(peer) ?? true);
  const samples = new Map<PeerName, (readonly number[] | undefined)[]>(peers.map(({ name }) => [name, []]));
  const rounds = bench.options.rounds * (measure.repeat ?? 1);
  for (let round = 0; round < rounds; round++) {
    const first = round % Math.max(peers.length, 1);
    for (const peer of [...peers.slice(first), ...peers.slice(0, first)]) {
      const sample = await measure.sample(bench, peer).catch((err: unknown) => {
        const what = `${measure.name}, ${peer.label}: ${err instanceof Error ? err.message : String(err)}`;
        if (!failures.includes(what)) failures.push(what);
        return undefined;
      });
      samples.get(peer.name)?.push(sample);
    }
  }
  return measure.figures.map((figure, index) => ({
    ...figure,
    measure: measure.name,
    values: Object.fromEntries(
      [...samples].map(([name, taken]) => [name, taken.map((sample) => finite(sample?.[index]))]),
    ),
  }));
}

const finite = (value: number | undefined): number | undefined =>
  Number.isFinite(value) ? value : undefined;
