import { globSync, readFileSync } from "node:fs";

/** Ticks a second in /proc: 100 on every Linux that Node runs on. */
const TICKS = 100;

/** Seconds of processor time of a process, of its threads, and of the children it has waited for. */
export const cpuSeconds = (pid: number): number => parseCpuSeconds(readFileSync(`/proc/${pid}/stat`, "utf8"));

/** Reads utime, stime, cutime and cstime of proc_pid_stat(5). */
export function parseCpuSeconds(stat: string): number {
  // The name of the program comes second, in brackets, and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields.slice(11, 15).reduce((total, ticks) => total + Number(ticks), 0) / TICKS;
}

/** Memory in bytes. */
export interface Memory {
  /** Resident, shared pages included. */
  readonly rss: number;
  /** The largest `rss` since the process began. */
  readonly peak: number;
  /** Resident, each shared page divided among those who share it. */
  readonly pss: number;
}

export function memoryOf(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return { rss: kilobytes(status, "VmRSS"), peak: kilobytes(status, "VmHWM"), pss: kilobytes(rollup, "Pss") };
}

const kilobytes = (text: string, name: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1] ?? 0) * 1024;

/** The sum over some processes; one that is gone counts nothing. */
export function memoryOfAll(pids: readonly number[]): Memory {
  const total = { rss: 0, peak: 0, pss: 0 };
  for (const pid of pids) {
    const { rss, peak, pss } = attempt(() => memoryOf(pid)) ?? { rss: 0, peak: 0, pss: 0 };
    total.rss += rss;
    total.peak += peak;
    total.pss += pss;
  }
  return total;
}

/** The processes on whose command line a path is: a daemon and whatever it keeps in readiness. Not this process. */
export const processesOf = (path: string): number[] =>
  globSync("/proc/[0-9]*").flatMap((folder) => {
    const pid = Number(folder.slice("/proc/".length));
    const commandLine = attempt(() => readFileSync(`${folder}/cmdline`, "utf8")) ?? "";
    return pid !== process.pid && commandLine.includes(path) ? [pid] : [];
  });

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined; // The process has ended.
  }
}
