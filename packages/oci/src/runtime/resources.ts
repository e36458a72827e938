/** Limits of a container, which become those of its cgroup (OCI runtime-spec v1.2 config-linux.md, "Control groups"). */
export interface LinuxResources {
  devices?: LinuxDeviceRule[];
  memory?: LinuxMemory;
  cpu?: LinuxCpu;
  pids?: { limit: number };
  blockIO?: LinuxBlockIo;
  hugepageLimits?: { pageSize: string; limit: number }[];
  network?: { classID?: number; priorities?: { name: string; priority: number }[] };
  rdma?: Record<string, { hcaHandles?: number; hcaObjects?: number }>;
  /** cgroup v2 files and what is written into them. */
  unified?: Record<string, string>;
}

/** A rule of the device cgroup; later ones win. */
export interface LinuxDeviceRule {
  allow: boolean;
  /** `a`, `b` or `c`. */
  type?: string;
  /** Absent: all. */
  major?: number;
  minor?: number;
  /** Some of `rwm`. */
  access?: string;
}

/** Bytes; −1 is no limit. */
export interface LinuxMemory {
  limit?: number;
  reservation?: number;
  /** Memory and swap together. */
  swap?: number;
  kernel?: number;
  kernelTCP?: number;
  swappiness?: number;
  disableOOMKiller?: boolean;
  useHierarchy?: boolean;
  checkBeforeUpdate?: boolean;
}

/** Periods and quotas in microseconds. */
export interface LinuxCpu {
  shares?: number;
  quota?: number;
  burst?: number;
  period?: number;
  realtimeRuntime?: number;
  realtimePeriod?: number;
  /** Lists such as `0-3,7`. */
  cpus?: string;
  mems?: string;
  idle?: number;
}

/** Block devices. */
export interface LinuxBlockIo {
  weight?: number;
  leafWeight?: number;
  weightDevice?: { major: number; minor: number; weight?: number; leafWeight?: number }[];
  throttleReadBpsDevice?: LinuxThrottle[];
  throttleWriteBpsDevice?: LinuxThrottle[];
  throttleReadIOPSDevice?: LinuxThrottle[];
  throttleWriteIOPSDevice?: LinuxThrottle[];
}

/** Bytes or operations per second of one device. */
export interface LinuxThrottle {
  major: number;
  minor: number;
  rate: number;
}
