/** The process of a container, or one executed in it (OCI runtime-spec v1.2 config.md, "Process"). */
export interface Process {
  terminal?: boolean;
  consoleSize?: ConsoleSize;
  user: User;
  args?: string[];
  /** `NAME=value`. */
  env?: string[];
  /** Absolute. */
  cwd: string;
  capabilities?: CapabilitySets;
  rlimits?: Rlimit[];
  noNewPrivileges?: boolean;
  apparmorProfile?: string;
  oomScoreAdj?: number;
  scheduler?: Scheduler;
  selinuxLabel?: string;
  ioPriority?: { class: string; priority: number };
  execCPUAffinity?: { initial?: string; final?: string };
}

/** Characters. */
export interface ConsoleSize {
  height: number;
  width: number;
}

/** Numbers only: names are resolved before the runtime sees them. */
export interface User {
  uid: number;
  gid: number;
  umask?: number;
  additionalGids?: number[];
}

/** Names such as `CAP_CHOWN`. */
export interface CapabilitySets {
  bounding?: string[];
  effective?: string[];
  inheritable?: string[];
  permitted?: string[];
  ambient?: string[];
}

/** A limit of setrlimit(2). */
export interface Rlimit {
  /** `RLIMIT_NOFILE` and so on. */
  type: string;
  hard: number;
  soft: number;
}

/** sched_setattr(2). */
export interface Scheduler {
  policy: string;
  nice?: number;
  priority?: number;
  flags?: string[];
  /** Nanoseconds, as are deadline and period. */
  runtime?: number;
  deadline?: number;
  period?: number;
}
