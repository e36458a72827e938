/** The containerd of the system, for suites that run against a peer. @packageDocumentation */
import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openChannel, type Channel } from "@davit/grpc/client";

/** Why containerd cannot be run here, or false. */
export const debianContainerdMissing: string | false =
  process.getuid?.() !== 0
    ? "needs root, to run containerd"
    : spawnSync("containerd", ["--version"]).status !== 0 && "needs containerd";

/** A containerd with directories of its own and nothing but its stores, snapshotters and what they need; it collects no garbage. */
export async function startDebianContainerd(): Promise<{ readonly channel: Channel } & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), "davit-debian-containerd-"));
  stack.defer(() => rm(dir, { recursive: true, force: true }));
  const address = join(dir, "containerd.sock");
  await writeFile(join(dir, "config.toml"), configuration(dir, address));
  const daemon = spawn("containerd", ["--config", join(dir, "config.toml")], { stdio: "ignore" });
  const exited = new Promise<void>((resolve) => daemon.once("close", () => resolve()));
  stack.defer(async () => {
    daemon.kill();
    await exited;
  });
  const channel = stack.use(openChannel(`unix://${address}`));
  await channel.ready(20_000);
  const resources = stack.move();
  return { channel, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

const configuration = (dir: string, address: string): string => `
version = 2
root = "${dir}/root"
state = "${dir}/state"
temp = "${dir}/temp"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", "io.containerd.internal.v1.opt"]
[grpc]
address = "${address}"
[ttrpc]
address = "${address}.ttrpc"
[debug]
level = "error"
[plugins."io.containerd.gc.v1.scheduler"]
mutation_threshold = 0
startup_delay = "1h"
`;
