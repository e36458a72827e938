import {
  containerdPrograms,
  startDavitd,
  startPrivateDaemon,
  temporaryDirectory,
  type PrivateDaemon,
} from "@davit/test-support";
import { writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * Garbage is not collected: nothing here is referred to for long, and when a blob goes would be chance. Only a deletion that
 * asks to wait for the collector starts it.
 */
const NO_GC = `
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

/** Where both find the shim. */
const env = (): Record<string, string> => ({
  PATH: `${containerdPrograms()}${delimiter}${process.env["PATH"] ?? ""}`,
});

/** Starts the newest containerd as `startContainerd()` of the test support does, but without the garbage collector. */
export const startContainerdWithoutGc = (): Promise<PrivateDaemon> =>
  startPrivateDaemon("containerd", (directory, address) => {
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
    return { program: join(containerdPrograms(), "containerd"), args: ["--config", config], env: env() };
  });

/** Starts davitd in the same way. */
export async function startDavitdWithoutGc(): Promise<PrivateDaemon> {
  await using stack = new AsyncDisposableStack();
  const directory = stack.use(temporaryDirectory("davit-config-"));
  const config = directory.join("config.toml");
  writeFileSync(config, `version = 3\n${NO_GC}`);
  const daemon = stack.use(await startDavitd({ args: ["--config", config], env: env() }));
  const started = stack.move();
  return Object.create(daemon, {
    [Symbol.asyncDispose]: { value: () => started.disposeAsync() },
  }) as PrivateDaemon;
}
