import { readFileSync } from "node:fs";
import { isAbsolute } from "node:path";
import { isReadOnly, overlayDirectories, type Mount } from "@davit/mount";

/** A directory to unpack into, and how. */
export interface Target {
  readonly root: string;
  /** "overlay": the directory is overlayfs' upper one. */
  readonly mode: "naive" | "overlay";
  /** In overlay mode, the directories below, the nearest first. */
  readonly parents: readonly string[];
  readonly userXattr: boolean;
}

/** A directory whose tree the layer changes. */
export const naive = (root: string): Target => ({ root, mode: "naive", parents: [], userXattr: false });

/**
 * The directory behind a single mount, into which a layer can be unpacked without mounting anything: the upper directory
 * of an overlay, or the source of a bind mount. Undefined when it has to be mounted.
 */
export function directTarget(
  mounts: readonly Mount[],
  { userNamespace = inUserNamespace() }: { readonly userNamespace?: boolean } = {},
): Target | undefined {
  const [mount, ...others] = mounts;
  if (mount === undefined || others.length > 0 || (mount.target ?? "") !== "") return undefined;
  if (mount.options.some((option) => /^[ug]idmap=/.test(option))) return undefined;
  if (mount.type === "bind")
    return !isReadOnly(mount) && isAbsolute(mount.source) ? naive(mount.source) : undefined;
  // In a user namespace nobody may make the devices that stand for whiteouts.
  if (mount.type !== "overlay" || isReadOnly(mount) || userNamespace) return undefined;
  const { upper, lower } = overlayDirectories(mount);
  if (upper === undefined || !isAbsolute(upper)) return undefined;
  return { root: upper, mode: "overlay", parents: lower, userXattr: mount.options.includes("userxattr") };
}

/** Whether ids are mapped here: the initial namespace maps all of them to themselves. */
function inUserNamespace(): boolean {
  return !/^\s*0\s+0\s+4294967295\s*$/.test(readFileSync("/proc/self/uid_map", "utf8"));
}
