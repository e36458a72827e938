import type { CallOptions } from "@davit/namespaces";
import type { Any } from "@davit/typeurl";

/** State of a process, in the words of containerd.v1.types.Status. */
export type TaskStatus = "unknown" | "created" | "running" | "stopped" | "paused" | "pausing";

/** How a process's streams are connected: paths of FIFOs or log URIs, "" for none. */
export interface Stdio {
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly terminal: boolean;
}

/** One process as its shim sees it. Instants are nanoseconds since 1970. */
export interface ProcessState extends Stdio {
  readonly pid: number;
  readonly status: TaskStatus;
  readonly exitStatus: number;
  /** Go's zero time (`ZERO_TIME`) while it has not exited. */
  readonly exitedAt: bigint;
}

/** How a process ended: 128 + signal when it was killed. */
export interface Exit {
  readonly pid: number;
  readonly status: number;
  readonly exitedAt: bigint;
}

/** A process in the container; `info` is present for execs. */
export interface ProcessInfo {
  readonly pid: number;
  readonly info?: Any | undefined;
}

/** Which process of a task: an exec, or init when absent or "". */
export interface ProcessRef {
  readonly execId?: string | undefined;
}

export interface ExecRequest extends Stdio {
  readonly execId: string;
  /** An OCI process as JSON behind its type URL. */
  readonly spec?: Any | undefined;
}

/** A container's processes. Every call goes to the shim, which alone knows their state (texts of errors in reference 04 §6). */
export interface Task {
  readonly id: string;
  readonly namespace: string;
  /** Pid of init, 0 before it is created. */
  pid(options: CallOptions): Promise<number>;
  /** @throws NotFoundError also while the shim is gone; DeadlineExceededError after 2 s. */
  state(process: ProcessRef, options: CallOptions): Promise<ProcessState>;
  start(process: ProcessRef, options: CallOptions): Promise<void>;
  kill(
    request: ProcessRef & { readonly signal: number; readonly all: boolean },
    options: CallOptions,
  ): Promise<void>;
  /** Adds a process, to be started. @throws InvalidArgumentError for the id, or without a spec; AlreadyExistsError. */
  exec(request: ExecRequest, options: CallOptions): Promise<void>;
  /** Removes an exec that has exited or was never started. */
  deleteExec(execId: string, options: CallOptions): Promise<Exit>;
  pids(options: CallOptions): Promise<readonly ProcessInfo[]>;
  resizePty(
    request: ProcessRef & { readonly width: number; readonly height: number },
    options: CallOptions,
  ): Promise<void>;
  /** Gives the process the end of its stdin, once the client has closed its end too. */
  closeStdin(process: ProcessRef, options: CallOptions): Promise<void>;
  pause(options: CallOptions): Promise<void>;
  resume(options: CallOptions): Promise<void>;
  /** Writes the image of the processes into the directory `path`. */
  checkpoint(
    request: { readonly path: string; readonly options?: Any | undefined },
    options: CallOptions,
  ): Promise<void>;
  /** @throws InvalidArgumentError without resources. */
  update(
    request: {
      readonly resources: Any | undefined;
      readonly annotations: Readonly<Record<string, string>>;
    },
    options: CallOptions,
  ): Promise<void>;
  /** Resolves when the process has exited. */
  wait(process: ProcessRef, options: CallOptions): Promise<Exit>;
  /** Usage of the cgroup: `io.containerd.cgroups.v1.Metrics` or `…v2.Metrics`. */
  stats(options: CallOptions): Promise<Any | undefined>;
}
