import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isErrno } from "@davit/errdefs";
import { fsMagic, FsMagic, isMountPoint, mount, umount, UnmountFlag } from "@davit/sys";

const PROBE = "check-overlayfs-support";

/** The whole range of ids, as the initial user namespace has it. */
const ALL_IDS = 4_294_967_295;

/** Whether this process is in a user namespace of somebody else's making. */
export function inUserNamespace(map: string = readFileSync("/proc/self/uid_map", "utf8")): boolean {
  const [inside, outside, length] = map.trim().split(/\s+/).map(Number);
  return !(inside === 0 && outside === 0 && length === ALL_IDS);
}

/** Options that every overlay mount needs on this machine, behind those of the configuration. */
export function defaultOptions(configured: readonly string[]): string[] {
  const options = [...configured];
  const add = (option: string, key: string) => {
    if (!options.some((given) => given === key || given.startsWith(`${key}=`))) options.push(option);
  };
  if (inUserNamespace()) add("userxattr", "userxattr");
  if (existsSync("/sys/module/overlay/parameters/index")) add("index=off", "index");
  return options;
}

/**
 * Mounts an overlay below `root` to see that this kernel, file system and user can.
 * @throws SystemError of mount(2): EPERM without privilege, ENODEV without overlayfs, EINVAL on a file system that cannot
 *   hold layers (overlayfs itself, xfs without ftype=1).
 */
export function probeOverlay(root: string, options: readonly string[]): void {
  for (const name of readdirSync(root)) if (name.startsWith(PROBE)) removeProbe(join(root, name));
  const place = mkdtempSync(join(root, PROBE));
  try {
    const [lower, upper, work, merged] = ["lower", "upper", "work", "merged"].map((name) => {
      mkdirSync(join(place, name));
      return join(place, name);
    });
    const data = [`lowerdir=${lower}`, `upperdir=${upper}`, `workdir=${work}`, ...options].join(",");
    mountVolatile(merged ?? "", data);
  } finally {
    removeProbe(place);
  }
}

/**
 * Unmounting an overlay writes back the whole file system below it, which takes hundreds of milliseconds on a busy disk, unless it
 * is volatile (Linux 5.10).
 */
function mountVolatile(target: string, data: string): void {
  const request = { source: "overlay", target, fsType: "overlay" };
  try {
    mount({ ...request, data: `${data},volatile` });
  } catch (error) {
    if (!isErrno(error, "EINVAL")) throw error;
    mount({ ...request, data });
  }
}

/** Why a probe failed, in words that say what to do; "" where the error itself says enough. */
export function probeFailure(root: string, error: unknown): string {
  if (/[:,\\]/.test(root))
    return ": its path has a colon, comma or backslash, which the options of overlayfs cannot carry";
  if (isErrno(error, "EPERM")) return " by this user";
  if (isErrno(error, "ENODEV")) return ": this kernel has no overlayfs";
  if (!isErrno(error, "EINVAL")) return "";
  return fsMagic(root) === FsMagic.OVERLAYFS_SUPER_MAGIC
    ? ": it lies on overlayfs itself, which cannot hold layers; set root_path to a directory on another file system"
    : ": its file system cannot hold layers (xfs needs ftype=1)";
}

/** Also of a daemon that was killed while it probed. */
function removeProbe(place: string): void {
  const merged = join(place, "merged");
  if (isMountPoint(merged)) umount(merged, UnmountFlag.MNT_DETACH);
  rmSync(place, { recursive: true, force: true });
}
