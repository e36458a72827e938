/** Which system calls are allowed (OCI runtime-spec v1.2 config-linux.md, "Seccomp"). */
export interface Seccomp {
  /** `SCMP_ACT_ERRNO` and so on. */
  defaultAction: string;
  defaultErrnoRet?: number;
  /** `SCMP_ARCH_X86_64` and so on. */
  architectures?: string[];
  flags?: string[];
  listenerPath?: string;
  listenerMetadata?: string;
  syscalls?: SeccompSyscall[];
}

/** A rule for some system calls. */
export interface SeccompSyscall {
  names: string[];
  action: string;
  errnoRet?: number;
  args?: SeccompArg[];
}

/** A condition on an argument. */
export interface SeccompArg {
  index: number;
  value: number;
  valueTwo?: number;
  /** `SCMP_CMP_EQ` and so on. */
  op: string;
}
