import { writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { needs } from "./needs.ts";
import { startPrivateDaemon, type PrivateDaemon } from "./private-daemon.ts";

/** The version that `tools/build-go-programs.sh` builds. */
export const CONTAINERD_VERSION = "v2.4.2";

/** The folder of containerd, ctr and containerd-shim-runc-v2 as built by `tools/build-go-programs.sh`. */
export const containerdPrograms = (): string =>
  join(
    process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"),
    "davit-test-programs",
    `containerd-${CONTAINERD_VERSION}`,
  );

/** A daemon with containerd's API, and what it was given for itself. */
export type Containerd = PrivateDaemon;

/** Why `startContainerd` cannot work here, for node:test's `skip`. */
export const containerdMissing = (): string | false =>
  needs(
    "root",
    "runc",
    ...["containerd", "containerd-shim-runc-v2"].map((name) => join(containerdPrograms(), name)),
  );

/** Plugins that would touch the machine outside of the private directory. */
const DISABLED = [
  "io.containerd.cri.v1.images",
  "io.containerd.cri.v1.runtime",
  "io.containerd.grpc.v1.cri",
  "io.containerd.internal.v1.opt",
  "io.containerd.nri.v1.nri",
  "io.containerd.internal.v1.tracing",
  "io.containerd.tracing.processor.v1.otlp",
];

/** Starts the newest containerd with root, state and sockets of its own. It ends with its containers. */
export async function startContainerd(): Promise<Containerd> {
  const missing = containerdMissing();
  if (missing !== false) throw new Error(`containerd ${missing}`);
  return await startPrivateDaemon("containerd", (directory, address) => {
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
`,
    );
    return {
      program: join(containerdPrograms(), "containerd"),
      args: ["--config", config],
      env: { PATH: `${containerdPrograms()}${delimiter}${process.env["PATH"] ?? ""}` },
    };
  });
}
