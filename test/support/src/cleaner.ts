// The watchman of one temporary directory: `node cleaner.js DIRECTORY [NAMESPACE…]`. It waits for the end of its standard input,
// which comes when the process that started it says so or is gone, and leaves nothing of the directory behind.
import { globSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { mountInfo, umount, UnmountFlag } from "@davit/sys";

const [directory = "", ...namespaces] = process.argv.slice(2);
/** Where shims have runc keep what it knows, unless they are told otherwise. */
const RUNC_STATE = "/run/containerd/runc";
const WAIT_MS = 10_000;
const LATE_START_MS = 1000;
const parent = process.ppid;

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
process.stdin.resume().once("end", () => void clean());

async function clean(): Promise<void> {
  // Killed in the middle of starting a program, it leaves one that does not show yet what it works for.
  if (process.ppid !== parent) await setTimeout(LATE_START_MS);
  const shims = shimSockets();
  await endAll(() => [...containers(), ...users()]);
  unmountAll();
  rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  for (const socket of shims) rmSync(socket, { force: true });
  for (const namespace of namespaces) {
    removeCgroups(namespace);
    rmSync(join(RUNC_STATE, namespace), { recursive: true, force: true });
  }
}

/** The processes that work for the directory: its path is on their command line. */
function users(): number[] {
  return globSync("/proc/[0-9]*").flatMap((path) => {
    const pid = Number(path.slice("/proc/".length));
    return pid !== process.pid && isRunning(pid) && commandLine(pid).includes(directory) ? [pid] : [];
  });
}

/** The first processes of containers: shims write them into their bundles. */
const containers = (): number[] =>
  globSync(join(directory, "**/init.pid")).flatMap((file) => {
    const pid = Number(read(file));
    return Number.isInteger(pid) && pid > 1 && ownsBundle(pid) ? [pid] : [];
  });

/** Whether a pid is still that of a container started here, not of a later process: its parent is a shim of ours. */
function ownsBundle(pid: number): boolean {
  const parent = /^PPid:\t(\d+)$/m.exec(read(`/proc/${pid}/status`))?.[1];
  return parent !== undefined && commandLine(Number(parent)).includes(directory);
}

const commandLine = (pid: number): string => read(`/proc/${pid}/cmdline`).replaceAll("\0", " ");

/** Kills until nobody is left: what ends may have started others. */
async function endAll(find: () => number[]): Promise<void> {
  const killed = new Set<number>();
  for (const end = Date.now() + WAIT_MS; Date.now() < end; await setTimeout(20)) {
    const pids = find();
    if (pids.length === 0 && ![...killed].some(isRunning)) return;
    for (const pid of pids) {
      kill(pid);
      killed.add(pid);
    }
  }
}

/** Whether a process is there, and not just waiting to be reaped. */
const isRunning = (pid: number): boolean => /^State:\t[^ZX]/m.test(read(`/proc/${pid}/status`));

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended meanwhile.
  }
}

/** Sockets of shims lie outside of the state directory. */
const shimSockets = (): string[] =>
  globSync(join(directory, "**/{address,bootstrap.json}")).flatMap((file) => {
    const path = /unix:\/\/(\/[^"\s]+)/.exec(read(file))?.[1];
    return path === undefined ? [] : [path];
  });

function unmountAll(): void {
  const inside = mountInfo().filter(({ mountPoint }) => `${mountPoint}/`.startsWith(`${directory}/`));
  for (const { mountPoint } of inside.toReversed()) {
    try {
      umount(mountPoint, UnmountFlag.MNT_DETACH | UnmountFlag.UMOUNT_NOFOLLOW);
    } catch (err) {
      console.error(`cleaner: ${String(err)}`);
    }
  }
}

/** Removes a cgroup and those in it from every hierarchy. One that somebody is in stays. */
function removeCgroups(name: string): void {
  for (const hierarchy of ["/sys/fs/cgroup", ...globSync("/sys/fs/cgroup/*")])
    removeTree(join(hierarchy, name));
}

function removeTree(cgroup: string): void {
  try {
    for (const name of readdirSync(cgroup))
      if (statSync(join(cgroup, name)).isDirectory()) removeTree(join(cgroup, name));
    rmdirSync(cgroup);
  } catch {
    // Absent, or in use.
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
