import { writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import {
  containerdPrograms,
  davitdMissing,
  davitdProgram,
  needs,
  programPath,
  runQuickly,
} from "@davit/test-support";
import type { Scratch } from "./scratch.ts";

export type PeerName = "davitd" | "containerd" | "debian";

/** A daemon to be measured. */
export interface Peer {
  /** `containerd` is the newest one, `debian` the one that the machine's own packages brought. */
  readonly name: PeerName;
  /** With its version. */
  readonly label: string;
  readonly program: string;
  /** The folders in which it looks for shims first. */
  readonly path: string;
  /** The client that drives it, unless a measure says otherwise. */
  readonly ctr: string;
  /** Its arguments, for a place and a socket; writes a configuration where it needs one. */
  readonly args: (scratch: Scratch, address: string, settings: PeerSettings) => readonly string[];
}

/** What a measure may set. */
export interface PeerSettings {
  /** Layers that containerd's transfer service unpacks at a time; its default is 1. Davit has no such limit. */
  readonly unpacks?: number;
}

/** The daemons of this machine. Davit's is the first. @throws Error where davitd cannot run. */
export async function findPeers(): Promise<Peer[]> {
  const missing = davitdMissing();
  if (missing !== false) throw new Error(`davitd ${missing}`);
  const newest = join(containerdPrograms(), "containerd");
  const debian = programPath("containerd");
  const containerds = [
    ...(needs(newest, join(dirname(newest), "ctr")) === false
      ? [await containerdAt("containerd", newest)]
      : []),
    ...(debian === undefined ? [] : [await containerdAt("debian", debian)]),
  ];
  const [client] = containerds;
  return [
    {
      name: "davitd",
      label: "davitd",
      program: davitdProgram,
      // The same shims and the same client as the newest containerd.
      path: client?.path ?? "",
      ctr: client?.ctr ?? "ctr",
      args: ({ disk, memory }, address) => [
        `--root=${join(disk, "root")}`,
        `--state=${join(memory, "state")}`,
        `--address=${address}`,
      ],
    },
    ...containerds,
  ];
}

async function containerdAt(name: PeerName, program: string): Promise<Peer> {
  const { stdout } = await runQuickly(program, ["--version"]);
  const version = /\sv?(\d+(?:\.\d+)+)/.exec(stdout)?.[1] ?? "of unknown version";
  const folder = dirname(program);
  return {
    name,
    label: `containerd ${version}`,
    program,
    path: folder,
    ctr: join(folder, "ctr"),
    args(scratch, address, settings) {
      const file = join(scratch.memory, "config.toml");
      writeFileSync(
        file,
        Number(version.split(".")[0]) >= 2
          ? version3(scratch, address, settings)
          : version2(scratch, address),
      );
      return ["--config", file];
    },
  };
}

/** Plugins that would touch the machine outside of the private directory, or serve what Davit does not serve yet. */
const DISABLED = [
  "io.containerd.cri.v1.images",
  "io.containerd.cri.v1.runtime",
  "io.containerd.grpc.v1.cri",
  "io.containerd.internal.v1.opt",
  "io.containerd.internal.v1.tracing",
  "io.containerd.nri.v1.nri",
  "io.containerd.tracing.processor.v1.otlp",
];

const common = ({ disk, memory }: Scratch, address: string): string => `
root = ${JSON.stringify(join(disk, "root"))}
state = ${JSON.stringify(join(memory, "state"))}
disabled_plugins = ${JSON.stringify(DISABLED)}
[grpc]
address = ${JSON.stringify(address)}
[ttrpc]
address = ${JSON.stringify(`${address}.ttrpc`)}
`;

const version2 = (scratch: Scratch, address: string): string => `version = 2${common(scratch, address)}`;

const version3 = (scratch: Scratch, address: string, { unpacks = 1 }: PeerSettings): string =>
  `version = 3${common(scratch, address)}
[plugins."io.containerd.transfer.v1.local"]
max_concurrent_unpacks = ${unpacks}
`;

/** The search path of a peer's process. */
export const pathOf = ({ path }: Peer): string =>
  [...(path === "" ? [] : [path]), process.env["PATH"] ?? "", "/usr/sbin", "/sbin"].join(delimiter);
