import { DEFAULT_CAPABILITIES, capabilitySets } from "./capabilities.ts";
import { defaultMounts } from "./default-mounts.ts";
import type { Linux } from "./linux.ts";
import { defaultMaskedPaths } from "./masked-paths.ts";
import type { Spec } from "./spec.ts";

/** The version of the runtime-spec that specs made here follow. */
export const OCI_VERSION = "1.3.0";

const OPEN_FILES = 1024;

/** What a default spec cannot guess. */
export interface DefaultSpecOptions {
  /** Namespace and id of the container: they name its cgroup. */
  readonly namespace: string;
  readonly id: string;
}

/** A change of a spec. It leaves the spec it is given alone. */
export type SpecOption = (spec: Spec) => Spec;

/** Applies options from left to right. */
export const applySpec = (spec: Spec, ...options: readonly SpecOption[]): Spec =>
  options.reduce((current, option) => option(current), spec);

/** The spec of a Linux container before image and user have their say (containerd pkg/oci/spec.go). */
export function defaultSpec({ namespace, id }: DefaultSpecOptions): Spec {
  return {
    ociVersion: OCI_VERSION,
    process: {
      user: { uid: 0, gid: 0 },
      cwd: "/",
      noNewPrivileges: true,
      capabilities: capabilitySets(DEFAULT_CAPABILITIES),
      rlimits: [{ type: "RLIMIT_NOFILE", hard: OPEN_FILES, soft: OPEN_FILES }],
    },
    root: { path: "rootfs" },
    mounts: defaultMounts(),
    linux: defaultLinux(`/${namespace}/${id}`),
  };
}

const defaultLinux = (cgroupsPath: string): Linux => ({
  cgroupsPath,
  namespaces: [{ type: "pid" }, { type: "ipc" }, { type: "uts" }, { type: "mount" }, { type: "network" }],
  resources: { devices: [{ allow: false, access: "rwm" }] },
  maskedPaths: defaultMaskedPaths(),
  readonlyPaths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
});
