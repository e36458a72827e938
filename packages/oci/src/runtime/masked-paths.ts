import { existsSync, readFileSync } from "node:fs";

/** Files of the kernel that tell a container about its host, or let it do harm, whatever the machine. */
const ALWAYS = [
  "/proc/acpi",
  "/proc/asound",
  "/proc/interrupts",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/proc/sched_debug",
  "/sys/firmware",
  "/sys/devices/virtual/powercap",
  "/proc/scsi",
];
const CPUS = "/sys/devices/system/cpu";

let cached: readonly string[] | undefined;

/** The paths hidden by default: a fixed list, and the heat counters of the CPUs this machine has (they show what neighbours do). */
export const defaultMaskedPaths = (): string[] => [
  ...(cached ??= [...ALWAYS, ...possibleCpus().map(throttlePath).filter(existsSync)]),
];

const throttlePath = (cpu: number): string => `${CPUS}/cpu${cpu}/thermal_throttle`;

function possibleCpus(): number[] {
  try {
    return parseCpuList(readFileSync(`${CPUS}/possible`, "utf8"));
  } catch {
    // Not Linux, or no sysfs: there is nothing to hide.
    return [];
  }
}

/** The numbers in a list such as `0-3,7` (cpuset(7), "List format"). What is no number is left out. */
export const parseCpuList = (text: string): number[] =>
  text
    .trim()
    .split(",")
    .flatMap((range) => {
      const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? [];
      if (first === undefined) return [];
      return Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => Number(first) + index);
    });
