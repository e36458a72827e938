import { Version } from "@davit/api/services/version";
import { createClient, openChannel, type Client } from "@davit/grpc/client";
import type { Measure } from "../measure.ts";
import { cpuSeconds } from "../process-usage.ts";
import { startPeer } from "../running-peer.ts";

type VersionClient = Client<typeof Version>;

/**
 * Calls of the smallest method there is. The client takes its part of the same cores, for all daemons alike, and may be the slower end: the
 * daemon's own processor time per call says what the rates hide.
 */
export const version: Measure = {
  name: "version",
  figures: [
    { name: "Version, one caller", unit: "calls/s", digits: 0, better: "more" },
    { name: "Version, 16 callers, one connection", unit: "calls/s", digits: 0, better: "more" },
    { name: "Version, 16 callers, 16 connections", unit: "calls/s", digits: 0, better: "more" },
    { name: "Version, daemon's CPU a call", unit: "µs", digits: 0, better: "less" },
  ],
  async sample(bench, peer) {
    await using running = await startPeer(peer, bench);
    using stack = new DisposableStack();
    const clients = Array.from({ length: 16 }, () =>
      createClient(Version, stack.use(openChannel(running.address))),
    );
    const [one] = clients as [VersionClient];
    const { calls } = bench.options;
    // Until both ends have compiled what they need, which takes Node some 15,000 calls, and every connection is made.
    await callsPerSecond(clients, 2 * calls);
    const before = cpuSeconds(running.pid);
    const rates = [
      await callsPerSecond([one], calls),
      await callsPerSecond(
        clients.map(() => one),
        calls,
      ),
      await callsPerSecond(clients, calls),
    ];
    const cpu = cpuSeconds(running.pid) - before;
    return [...rates, (cpu * 1e6) / (rates.length * calls)];
  },
};

/** Each client calls as soon as it has its answer, until `calls` are made by all together. */
async function callsPerSecond(clients: readonly VersionClient[], calls: number): Promise<number> {
  let left = calls;
  const start = performance.now();
  await Promise.all(
    clients.map(async (client) => {
      while (left-- > 0) await client.version({});
    }),
  );
  return calls / ((performance.now() - start) / 1000);
}
