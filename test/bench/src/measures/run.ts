import { Containers } from "@davit/api/services/containers";
import { Leases } from "@davit/api/services/leases";
import { Snapshots } from "@davit/api/services/snapshots";
import { Tasks } from "@davit/api/services/tasks";
import { chainId, parseDigest } from "@davit/digest";
import { createClient, openChannel, type Channel } from "@davit/grpc/client";
import { applySpec, defaultSpec, withArgs, withDefaultUnixDevices, withEnv } from "@davit/oci";
import type { Measure } from "../measure.ts";
import { cpuSeconds } from "../process-usage.ts";
import { ctr, startPeer, type RunningPeer } from "../running-peer.ts";
import { median } from "../statistics.ts";

const SNAPSHOTTER = "overlayfs";
const RUNTIME = "io.containerd.runc.v2";
const SPEC_TYPE = "types.containerd.io/opencontainers/runtime-spec/1/Spec";

/** `true` in a container, by the calls that containerd's own client makes: from its snapshot to the removal of everything. */
export const run: Measure = {
  name: "run",
  figures: [
    { name: "container: create to delete of `true`", unit: "ms", digits: 1, better: "less" },
    { name: "container: create to started", unit: "ms", digits: 1, better: "less" },
    { name: "container: daemon's CPU", unit: "ms", digits: 1, better: "less" },
  ],
  async sample(bench, peer) {
    const { busybox } = await bench.images();
    const parent = chainId(busybox.diffIds.map((diffId) => parseDigest(diffId)));
    await using running = await startPeer(peer, bench);
    await ctr(running, ["images", "pull", "--plain-http", busybox.reference]);
    using channel = openChannel(running.address);
    const calls = new ContainerCalls(channel, running);
    await calls.runTrue("warm-up", parent);
    const before = cpuSeconds(running.pid);
    const times: Times[] = [];
    for (let index = 0; index < bench.options.containers; index++)
      times.push(await calls.runTrue(`true-${index}`, parent));
    const cpuMs = ((cpuSeconds(running.pid) - before) * 1000) / times.length;
    return [
      median(times.map(({ totalMs }) => totalMs)) ?? Number.NaN,
      median(times.map(({ startedMs }) => startedMs)) ?? Number.NaN,
      cpuMs,
    ];
  },
};

interface Times {
  readonly totalMs: number;
  readonly startedMs: number;
}

/** The services that a container needs. */
class ContainerCalls {
  readonly #namespace: string;
  readonly #containers;
  readonly #leases;
  readonly #snapshots;
  readonly #tasks;

  constructor(channel: Channel, { namespace }: RunningPeer) {
    this.#namespace = namespace;
    this.#containers = createClient(Containers, channel);
    this.#leases = createClient(Leases, channel);
    this.#snapshots = createClient(Snapshots, channel);
    this.#tasks = createClient(Tasks, channel);
  }

  async runTrue(id: string, parent: string): Promise<Times> {
    const options = { namespace: this.#namespace };
    const start = performance.now();
    await this.#create(id, parent);
    const { mounts } = await this.#snapshots.mounts({ snapshotter: SNAPSHOTTER, key: id }, options);
    await this.#tasks.create({ containerId: id, rootfs: mounts }, options);
    const ended = this.#tasks.wait({ containerId: id }, options);
    await this.#tasks.start({ containerId: id }, options);
    const startedMs = performance.now() - start;
    const { exitStatus } = await ended;
    await this.#tasks.delete({ containerId: id }, options);
    // In this order, as containerd's client: a snapshot that nothing refers to is garbage, and may be gone at once.
    await this.#snapshots.remove({ snapshotter: SNAPSHOTTER, key: id }, options);
    await this.#containers.delete({ id }, options);
    const totalMs = performance.now() - start;
    if (exitStatus !== 0) throw new Error(`true ended with ${exitStatus}`);
    return { totalMs, startedMs };
  }

  /** A snapshot and a container, under a lease until one refers to the other. */
  async #create(id: string, parent: string): Promise<void> {
    const options = { namespace: this.#namespace };
    await this.#leases.create({ id }, options);
    const leased = { ...options, lease: id };
    await this.#snapshots.prepare({ snapshotter: SNAPSHOTTER, key: id, parent }, leased);
    const spec = applySpec(
      defaultSpec({ namespace: this.#namespace, id }),
      withDefaultUnixDevices,
      withEnv(["PATH=/bin"]),
      withArgs(["true"]),
    );
    const container = {
      id,
      runtime: { name: RUNTIME },
      spec: { typeUrl: SPEC_TYPE, value: Buffer.from(JSON.stringify(spec)) },
      snapshotter: SNAPSHOTTER,
      snapshotKey: id,
    };
    await this.#containers.create({ container }, leased);
    await this.#leases.delete({ id }, options);
  }
}
