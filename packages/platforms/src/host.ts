import { readFileSync } from "node:fs";
import os from "node:os";
import { makePlatform, type Platform } from "./platform.ts";

/** Node's names where they differ from Go's. */
const operatingSystems: Readonly<Record<string, string>> = { win32: "windows", sunos: "solaris" };
const architectures: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386", mipsel: "mipsle" };

let host: Platform | undefined;

/** The platform of this machine. The variant is that of an arm processor (`v8` of arm64 included), else absent. */
export function hostPlatform(): Platform {
  host ??= makePlatform(
    operatingSystems[process.platform] ?? process.platform,
    hostArchitecture(),
    hostVariant(),
  );
  return host;
}

function hostArchitecture(): string {
  if (process.arch === "ppc64") return os.endianness() === "LE" ? "ppc64le" : "ppc64";
  return architectures[process.arch] ?? process.arch;
}

function hostVariant(): string {
  if (process.arch !== "arm" && process.arch !== "arm64") return "";
  const cpuInfo = process.platform === "linux" ? readFileSync("/proc/cpuinfo", "utf8") : "";
  return armVariant({ cpuInfo, machine: os.machine(), is32Bit: process.arch === "arm" });
}

/** What is known of an arm processor. */
export interface ArmCpu {
  /** The text of `/proc/cpuinfo`. */
  readonly cpuInfo: string;
  /** `uname -m`. */
  readonly machine: string;
  /** Whether this program is one for arm, not arm64. */
  readonly is32Bit: boolean;
}

/** The first core's `CPU architecture`, or failing that (emulated) what the kernel says; `unknown` when that is odd. */
export function armVariant({ cpuInfo, machine, is32Bit }: ArmCpu): string {
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}\\s*:\\s*(.*?)\\s*$`, "im").exec(cpuInfo)?.[1]?.toLowerCase();
  const version = field("cpu architecture") ?? machineVersion(machine.toLowerCase());
  // The kernel of the first Raspberry Pis says 7 of an ARMv6.
  const isOldPi = is32Bit && version === "7" && field("model name")?.startsWith("armv6-compatible") === true;
  return isOldPi ? "v6" : (versions.find(([known]) => known.test(version))?.[1] ?? "unknown");
}

const machineVersion = (machine: string): string =>
  machine === "aarch64" ? "8" : (/^armv([3-8])/.exec(machine)?.[1] ?? "");

/** What kernels print, `7M` and `?(12)` to `?(17)` among it, by variant. */
const versions: readonly [RegExp, string][] = [
  [/^(?:8|aarch64)$/, "v8"],
  [/^(?:7m?|\?\(1[2-7]\))$/, "v7"],
  [/^6(?:tej)?$/, "v6"],
  [/^5(?:t|te|tej)?$/, "v5"],
  [/^4t?$/, "v4"],
  [/^3$/, "v3"],
];
