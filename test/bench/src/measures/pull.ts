import { Snapshots, Kind } from "@davit/api/services/snapshots";
import { createClient, openChannel } from "@davit/grpc/client";
import { loopWatch, type LoopReport } from "../loop-report.ts";
import { MB, type Bench, type Figure, type Measure } from "../measure.ts";
import type { Peer, PeerSettings } from "../peers.ts";
import { cpuSeconds, memoryOf } from "../process-usage.ts";
import { ctr, startPeer, type RunningPeer } from "../running-peer.ts";

const figures = (what: string): Figure[] => [
  { name: what, unit: "s", digits: 2, better: "less" },
  { name: `${what}, daemon's CPU`, unit: "s", digits: 2, better: "less" },
  { name: `${what}, daemon's peak`, unit: "MB", digits: 0, better: "less" },
];

/** How an image is pulled and unpacked. */
interface Way extends PeerSettings {
  readonly name: string;
  readonly what: string;
  /** The containerd Davit is compared with; both are driven by its ctr. */
  readonly against: Peer["name"];
  readonly flags?: readonly string[];
}

/** Pull and unpack of the layered image. */
const pullMeasure = ({ name, what, against, flags = [], ...settings }: Way): Measure => ({
  name,
  figures: figures(what),
  takesPart: (peer) => peer.name === "davitd" || peer.name === against,
  async sample(bench, peer) {
    const { layered } = await bench.images();
    const client = bench.peers.find((other) => other.name === against)?.ctr ?? peer.ctr;
    await using running = await startPeer(peer, bench, settings);
    const cpu = cpuSeconds(running.pid);
    const start = performance.now();
    await ctr(running, ["images", "pull", "--plain-http", ...flags, layered.reference], client);
    const seconds = (performance.now() - start) / 1000;
    const used = cpuSeconds(running.pid) - cpu;
    await checkUnpacked(running, layered.diffIds.length);
    return [seconds, used, memoryOf(running.pid).peak / MB];
  },
});

/** The newest ctr's own way: the daemon pulls. */
export const pull: Measure = pullMeasure({ name: "pull", what: "pull", against: "containerd" });

/** The same, against a containerd that is told to unpack several layers at once. */
export const pullParallel: Measure = pullMeasure({
  name: "pull-4",
  what: "pull, containerd unpacks 4",
  against: "containerd",
  unpacks: 4,
});

/** The client pulls: it writes each blob into the content store, and has it applied. */
export const pullLocal: Measure = pullMeasure({
  name: "pull-local",
  what: "pull --local",
  against: "containerd",
  flags: ["--local"],
});

/** As `pullLocal`, with the ctr and the containerd of the machine's packages. */
export const pullDebian: Measure = pullMeasure({
  name: "pull-debian",
  what: "pull, the machine's ctr",
  against: "debian",
});

const loopFigures = (what: string): Figure[] =>
  ["longest gap", "longest gap, waiting for a core included", "p99"].map((figure) => ({
    name: `${what}, ${figure}`,
    unit: "ms",
    digits: 1,
    better: "less",
  }));

/** How long the daemon's event loop stood still in a pull. It is watched in pulls of their own, which are not timed. */
export const loop: Measure = {
  name: "loop",
  figures: ["pull", "pull --local"].flatMap((what) => loopFigures(`event loop in a ${what}`)),
  takesPart: ({ name }) => name === "davitd",
  async sample(bench, peer) {
    const newest = bench.peers.some(({ name }) => name === "containerd");
    // An older ctr has one way only, and no flag for it.
    const transfer = newest ? await watchedPull(bench, peer, []) : undefined;
    const local = await watchedPull(bench, peer, newest ? ["--local"] : []);
    return [transfer, local].flatMap((report) => [
      report?.heldMs ?? Number.NaN,
      report?.maxMs ?? Number.NaN,
      report?.p99Ms ?? Number.NaN,
    ]);
  },
};

async function watchedPull(bench: Bench, peer: Peer, flags: readonly string[]): Promise<LoopReport> {
  const { layered } = await bench.images();
  const watch = loopWatch(bench.directory);
  await using running = await startPeer(peer, bench, { env: watch.env });
  await watch.take(running.pid); // What came before is the start.
  await ctr(running, ["images", "pull", "--plain-http", ...flags, layered.reference]);
  const report = await watch.take(running.pid);
  bench.keep(report);
  return report;
}

/** @throws Error unless there is a snapshot of every layer. */
async function checkUnpacked({ address, namespace }: RunningPeer, layers: number): Promise<void> {
  using channel = openChannel(address);
  let committed = 0;
  for await (const { info } of createClient(Snapshots, channel).list(
    { snapshotter: "overlayfs" },
    { namespace },
  ))
    committed += info.filter(({ kind }) => kind === Kind.COMMITTED).length;
  if (committed !== layers) throw new Error(`the pull left ${committed} snapshots of ${layers} layers`);
}
