import { containerdPrograms, startDaemon, temporaryDirectory, testNamespace } from "@davit/test-support";
import { writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Daemon } from "./side.ts";

/**
 * Garbage is not collected: nothing here is referred to for long, and when a blob goes would be chance. Only a deletion that
 * asks to wait for the collector starts it.
 */
export const NO_GC = `
[plugins."io.containerd.gc.v1.scheduler"]
mutation_threshold = 0
startup_delay = "1h"
`;

/** Plugins that would touch the machine outside of the private directory, or wait for what is not there. */
const DISABLED = [
  "io.containerd.cri.v1.images",
  "io.containerd.cri.v1.runtime",
  "io.containerd.grpc.v1.cri",
  "io.containerd.internal.v1.opt",
  "io.containerd.nri.v1.nri",
  "io.containerd.internal.v1.tracing",
  "io.containerd.tracing.processor.v1.otlp",
];

/** Starts the newest containerd as `startContainerd()` of the test support does, but without the garbage collector. */
export async function startContainerdWithoutGc(): Promise<Daemon & AsyncDisposable> {
  const namespace = testNamespace();
  await using stack = new AsyncDisposableStack();
  const directory = stack.use(temporaryDirectory("davit-containerd-", { namespaces: [namespace] }));
  const address = directory.join("d.sock");
  const config = directory.join("config.toml");
  writeFileSync(
    config,
    `version = 3
root = ${JSON.stringify(directory.join("root"))}
state = ${JSON.stringify(directory.join("state"))}
disabled_plugins = ${JSON.stringify(DISABLED)}
[grpc]
address = ${JSON.stringify(address)}
[ttrpc]
address = ${JSON.stringify(`${address}.ttrpc`)}
${NO_GC}`,
  );
  const daemon = stack.use(
    await startDaemon({
      program: join(containerdPrograms(), "containerd"),
      args: ["--config", config],
      env: { PATH: `${containerdPrograms()}${delimiter}${process.env["PATH"] ?? ""}` },
      listens: address,
      logFile: directory.join("log"),
    }),
  );
  const started = stack.move();
  const dispose = (): Promise<void> => started.disposeAsync();
  return {
    address,
    directory: directory.path,
    namespace,
    log: () => daemon.log(),
    [Symbol.asyncDispose]: dispose,
  };
}
