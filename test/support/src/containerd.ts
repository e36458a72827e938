import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { startDaemon, type RunningDaemon } from "./daemon.ts";
import { needs } from "./needs.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

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
export interface Containerd extends RunningDaemon {
  /** The gRPC socket. */
  readonly address: string;
  /** The private directory; `root`, `state` and `config.toml` lie in it. */
  readonly directory: string;
  /** A namespace that nobody else uses: cgroups of containers in it are removed at the end. */
  readonly namespace: string;
  /** A directory for FIFOs. */
  readonly fifoDir: string;
}

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
  const namespace = testNamespace();
  await using stack = new AsyncDisposableStack();
  const directory = stack.use(temporaryDirectory("davit-containerd-", { namespaces: [namespace] }));
  const address = directory.join("c.sock");
  const config = directory.join("config.toml");
  const fifoDir = directory.join("fifo");
  mkdirSync(fifoDir, { mode: 0o700 });
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
  return {
    ...daemon,
    address,
    directory: directory.path,
    namespace,
    fifoDir,
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

/** A namespace of a test. */
export const testNamespace = (): string => `test-${randomBytes(6).toString("hex")}`;
