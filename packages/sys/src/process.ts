import { constants } from "node:os";
import { check } from "./call.ts";
import { native, syscall } from "./ffi.ts";

/** How a process ended. Exactly one of the two is set, as with Node's `exit` event. */
export interface ExitStatus {
  readonly pid: number;
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

const WNOHANG = 1;
const PR_SET_CHILD_SUBREAPER = 36;

const waitpidNative = native("waitpid", "int", ["int", "void *", "int"]);
const prctlNative = native("prctl", "int", ["int", "ulong", "ulong", "ulong", "ulong"]);
const pidfdOpenNative = syscall(434, ["int", "uint"]);
const pidfdSendSignalNative = syscall(424, ["int", "int", "void *", "uint"]);

/**
 * Reaps the child `pid` if it has ended; never blocks.
 *
 * @param pid one process's: -1 and groups are refused, for they would eat the exits of `child_process`.
 * @returns undefined while it runs.
 * @throws SystemError (ECHILD: not our child, or reaped already)
 */
export function waitpid(pid: number): ExitStatus | undefined {
  if (!Number.isInteger(pid) || pid <= 0)
    throw new RangeError(`waitpid takes the pid of one child, not ${pid}`);
  const status = Buffer.alloc(4);
  const reaped = check({ call: "waitpid" }, waitpidNative, pid, status, WNOHANG);
  return reaped === 0 ? undefined : decodeStatus(pid, status.readInt32LE());
}

/** Decodes a wait status (WIFEXITED, WEXITSTATUS, WTERMSIG of wait(2)). */
export function decodeStatus(pid: number, status: number): ExitStatus {
  const signal = status & 0x7f;
  if (signal === 0) return { pid, exitCode: (status >> 8) & 0xff, signal: null };
  return { pid, exitCode: null, signal: signalName(signal) };
}

/** The exit code a shell and containerd report: 128 + n for a process killed by signal n. */
export function exitCodeOf({ exitCode, signal }: ExitStatus): number {
  return exitCode ?? 128 + signalNumber(signal ?? "SIGKILL");
}

/** Makes this process the parent of its descendants' orphans (PR_SET_CHILD_SUBREAPER), or not. @throws SystemError */
export function setChildSubreaper(enabled: boolean): void {
  check({ call: "prctl" }, prctlNative, PR_SET_CHILD_SUBREAPER, enabled ? 1 : 0, 0, 0, 0);
}

/** Opens a descriptor that means this process and no later one of the same pid; close-on-exec, the caller closes it. @throws SystemError (ESRCH) */
export function pidfdOpen(pid: number): number {
  return check({ call: "pidfd_open" }, pidfdOpenNative, pid, 0);
}

/** Sends a signal to the process of a pidfd; 0 only tests. @throws SystemError (ESRCH: it has ended) */
export function pidfdSendSignal(pidfd: number, signal: number | NodeJS.Signals): void {
  check({ call: "pidfd_send_signal" }, pidfdSendSignalNative, pidfd, signalNumber(signal), null, 0);
}

/** Sends a signal to a process, or with a negative pid to its group; 0 only tests. @throws SystemError (ESRCH, EPERM) */
export function kill(pid: number, signal: number | NodeJS.Signals): void {
  process.kill(pid, signalNumber(signal)); // Node checks names only, so realtime signals pass as numbers
}

/** The number of a signal. @throws RangeError for a name Linux does not have. */
export function signalNumber(signal: number | NodeJS.Signals): number {
  const number = typeof signal === "number" ? signal : constants.signals[signal];
  if (number === undefined) throw new RangeError(`unknown signal ${signal}`);
  return number;
}

function signalName(number: number): NodeJS.Signals {
  const aliases: Readonly<Record<number, string>> = { 6: "SIGABRT", 29: "SIGIO" };
  const name =
    aliases[number] ?? Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
  // Realtime signals have no name in Node's table; `SIGRT<n>` is not of the type, but says what happened.
  return (name ?? `SIGRT${number}`) as NodeJS.Signals;
}
