import { setTimeout } from "node:timers/promises";
import { MB, type Measure } from "../measure.ts";
import { memoryOfAll, processesOf } from "../process-usage.ts";
import { startPeer } from "../running-peer.ts";

/** From the start of the process, in an empty root, to the answer to a first call. */
export const ready: Measure = {
  name: "ready",
  figures: [{ name: "daemon ready", unit: "ms", digits: 0, better: "less" }],
  repeat: 3,
  async sample(bench, peer) {
    await using running = await startPeer(peer, bench);
    return [running.readyMs];
  },
};

/** The memory of a daemon that was left alone, and of all the processes it keeps in readiness. */
export const idle: Measure = {
  name: "idle",
  figures: [
    { name: "idle RSS", unit: "MB", digits: 1, better: "less" },
    { name: "idle PSS", unit: "MB", digits: 1, better: "less" },
  ],
  async sample(bench, peer) {
    await using running = await startPeer(peer, bench);
    await setTimeout(bench.options.idleMs);
    const { rss, pss } = memoryOfAll(processesOf(running.scratch.path));
    return [rss / MB, pss / MB];
  },
};
