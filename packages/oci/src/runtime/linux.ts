import type { LinuxResources } from "./resources.ts";
import type { Seccomp } from "./seccomp.ts";
import type { IdMapping } from "./spec.ts";

/** What is peculiar to Linux (OCI runtime-spec v1.2 config-linux.md). */
export interface Linux {
  uidMappings?: IdMapping[];
  gidMappings?: IdMapping[];
  timeOffsets?: Record<string, { secs?: number; nanosecs?: number }>;
  sysctl?: Record<string, string>;
  resources?: LinuxResources;
  cgroupsPath?: string;
  namespaces?: LinuxNamespace[];
  devices?: LinuxDevice[];
  netDevices?: Record<string, { name?: string }>;
  seccomp?: Seccomp;
  /** `private`, `shared`, `slave`, `unbindable`, and the recursive ones (`rprivate` …). */
  rootfsPropagation?: string;
  maskedPaths?: string[];
  readonlyPaths?: string[];
  mountLabel?: string;
  intelRdt?: Record<string, unknown>;
  personality?: { domain: string; flags?: string[] };
}

/** A kind of namespace. */
export type LinuxNamespaceType = "pid" | "network" | "mount" | "ipc" | "uts" | "user" | "cgroup" | "time";

/** A namespace to make, or with `path` to join. */
export interface LinuxNamespace {
  type: LinuxNamespaceType;
  path?: string;
}

/** A device node. */
export interface LinuxDevice {
  /** `c`, `b`, `u` or `p`, as in mknod(1). */
  type: string;
  path: string;
  major?: number;
  minor?: number;
  fileMode?: number;
  uid?: number;
  gid?: number;
}
