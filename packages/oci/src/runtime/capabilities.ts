import { InvalidArgumentError } from "@davit/errdefs";
import type { SpecOption } from "./default-spec.ts";
import type { CapabilitySets, Process } from "./process.ts";
import { withProcess } from "./spec-process.ts";

/** What a container may do unless it is told otherwise (containerd pkg/oci/spec.go, defaultUnixCaps). */
export const DEFAULT_CAPABILITIES: readonly string[] = [
  "CAP_CHOWN",
  "CAP_DAC_OVERRIDE",
  "CAP_FSETID",
  "CAP_FOWNER",
  "CAP_MKNOD",
  "CAP_NET_RAW",
  "CAP_SETGID",
  "CAP_SETUID",
  "CAP_SETFCAP",
  "CAP_SETPCAP",
  "CAP_NET_BIND_SERVICE",
  "CAP_SYS_CHROOT",
  "CAP_KILL",
  "CAP_AUDIT_WRITE",
];

/** The sets of a process that has these capabilities: nothing is inheritable or ambient. */
export const capabilitySets = (names: readonly string[]): CapabilitySets => ({
  bounding: [...names],
  effective: [...names],
  permitted: [...names],
});

/** Adds capabilities behind those there are. @throws InvalidArgumentError for a name without `CAP_`. */
export function withAddedCapabilities(names: readonly string[]): SpecOption {
  checkNames(names);
  return withProcess((process) => changeSets(process, (set) => [...new Set([...set, ...names])]));
}

/** Takes capabilities away. @throws InvalidArgumentError for a name without `CAP_`. */
export function withDroppedCapabilities(names: readonly string[]): SpecOption {
  checkNames(names);
  return withProcess((process) => changeSets(process, (set) => set.filter((name) => !names.includes(name))));
}

function changeSets(process: Process, change: (set: readonly string[]) => string[]): Process {
  const { bounding = [], effective = [], permitted = [], ...rest } = process.capabilities ?? {};
  return {
    ...process,
    capabilities: {
      ...rest,
      bounding: change(bounding),
      effective: change(effective),
      permitted: change(permitted),
    },
  };
}

function checkNames(names: readonly string[]): void {
  if (!names.every((name) => name.startsWith("CAP_")))
    throw new InvalidArgumentError("capabilities must be specified with 'CAP_' prefix");
}
