import { mkdirSync, mkdtempSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mount, mountInfo, umount, UnmountFlag } from "@davit/sys";
import { runQuickly } from "@davit/test-support";

/** A place for one daemon: file systems of its own that nobody has used before. Disposing it unmounts them. */
export interface Scratch extends AsyncDisposable {
  readonly path: string;
  /** Of `disk`. */
  readonly fsType: "ext4" | "tmpfs";
  /** A directory on a fresh file system. */
  readonly disk: string;
  /** A directory in memory. */
  readonly memory: string;
}

const IMAGE_BYTES = 8 * 2 ** 30;
/** Nothing is to be written behind the daemon's back while it is measured. */
const MKFS = ["-q", "-F", "-E", "nodiscard,lazy_itable_init=1,lazy_journal_init=1"];

/**
 * Makes a place below `parent`: an ext4 in a sparse file in memory where the machine has loop devices, else a tmpfs. It is never used
 * again, since ext4 skips inodes that were just deleted one by one, and makes the next run pay for the last one's removal.
 */
export async function makeScratch(parent: string): Promise<Scratch> {
  const path = mkdtempSync(join(parent, "run-"));
  const disk = join(path, "disk");
  const memory = join(path, "memory");
  mkdirSync(disk);
  mkdirSync(memory);
  mount({ source: "davit-bench", target: memory, fsType: "tmpfs" });
  const isExt4 = await mountExt4(join(memory, "disk.img"), disk);
  if (!isExt4) mount({ source: "davit-bench", target: disk, fsType: "tmpfs" });
  return {
    path,
    fsType: isExt4 ? "ext4" : "tmpfs",
    disk,
    memory,
    [Symbol.asyncDispose]: async () => unmountBelow(path),
  };
}

async function mountExt4(image: string, target: string): Promise<boolean> {
  writeFileSync(image, "");
  truncateSync(image, IMAGE_BYTES);
  const steps = [
    ["mkfs.ext4", ...MKFS, image],
    ["mount", "-o", "loop,noinit_itable", image, target],
  ] as const;
  for (const [program, ...args] of steps) {
    const code = await runQuickly(program, args).then(
      (ended) => ended.code,
      () => null,
    );
    if (code !== 0) return false;
  }
  return true;
}

/** Undoes every mount below a path, the last one first. What is still in use goes when its user does. */
function unmountBelow(path: string): void {
  const inside = mountInfo().filter(({ mountPoint }) => mountPoint.startsWith(`${path}/`));
  for (const { mountPoint } of inside.toReversed())
    umount(mountPoint, UnmountFlag.MNT_DETACH | UnmountFlag.UMOUNT_NOFOLLOW);
}
