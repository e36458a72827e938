import type { SpecOption } from "./default-spec.ts";
import { withEnv } from "./env.ts";
import type { LinuxDeviceRule } from "./resources.ts";
import type { SpecMount } from "./spec.ts";
import { withProcess } from "./spec-process.ts";

/** Adds mounts; one whose destination is taken takes the place of what was there. */
export const withMounts =
  (mounts: readonly SpecMount[]): SpecOption =>
  (spec) => {
    const taken = new Set(mounts.map(({ destination }) => destination));
    const kept = (spec.mounts ?? []).filter(({ destination }) => !taken.has(destination));
    return { ...spec, mounts: [...kept, ...mounts] };
  };

/** Gives the process a terminal. */
export const withTty: SpecOption = (spec) =>
  withEnv(["TERM=xterm"])(withProcess((process) => ({ ...process, terminal: true }))(spec));

/** The container sees the host's network, names and resolvers; `HOSTNAME` tells its programs where they are. */
export const withHostNetwork =
  (hostname: string): SpecOption =>
  (spec) => {
    const namespaces = (spec.linux?.namespaces ?? []).filter(({ type }) => type !== "network");
    const onHost = { ...spec, linux: { ...spec.linux, namespaces } };
    const files = ["/etc/hosts", "/etc/resolv.conf"].map(bindReadOnly);
    return withEnv([`HOSTNAME=${hostname}`])(withMounts(files)(onHost));
  };

/** Nothing below `/` can be written but mounts. */
export const withReadonlyRoot: SpecOption = (spec) => ({
  ...spec,
  root: { ...(spec.root ?? { path: "rootfs" }), readonly: true },
});

/** The name of the container's UTS namespace. */
export const withHostname =
  (hostname: string): SpecOption =>
  (spec) => ({ ...spec, hostname });

/** Adds annotations. */
export const withAnnotations =
  (annotations: Readonly<Record<string, string>>): SpecOption =>
  (spec) => ({ ...spec, annotations: { ...spec.annotations, ...annotations } });

/** The cgroup; "" leaves the choice to the runtime. */
export const withCgroup =
  (cgroupsPath: string): SpecOption =>
  (spec) => ({ ...spec, linux: { ...spec.linux, cgroupsPath } });

/** Bytes of memory the container may use. */
export const withMemoryLimit =
  (limitBytes: number): SpecOption =>
  (spec) => {
    const { linux } = spec;
    const memory = { ...linux?.resources?.memory, limit: limitBytes };
    return { ...spec, linux: { ...linux, resources: { ...linux?.resources, memory } } };
  };

/**
 * Allows the devices every program expects (null, random, full, tty, zero, urandom, console, pseudo-terminals). The
 * runtime makes their nodes (containerd pkg/oci/spec_opts.go, WithDefaultUnixDevices).
 */
export const withDefaultUnixDevices: SpecOption = (spec) => {
  const { linux } = spec;
  const devices = [...(linux?.resources?.devices ?? []), ...UNIX_DEVICES.map((rule) => ({ ...rule }))];
  return { ...spec, linux: { ...linux, resources: { ...linux?.resources, devices } } };
};

const device = (major: number, minor?: number): LinuxDeviceRule => ({
  allow: true,
  type: "c",
  major,
  ...(minor !== undefined && { minor }),
  access: "rwm",
});

/** null, random, full, tty, zero, urandom, console, pts, ptmx. */
const UNIX_DEVICES: readonly LinuxDeviceRule[] = [
  device(1, 3),
  device(1, 8),
  device(1, 7),
  device(5, 0),
  device(1, 5),
  device(1, 9),
  device(5, 1),
  device(136),
  device(5, 2),
];

const bindReadOnly = (path: string): SpecMount => ({
  destination: path,
  type: "bind",
  source: path,
  options: ["rbind", "ro"],
});
