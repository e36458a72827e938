import { mkdir, mkdtemp, readdir, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { UnmountFlag } from "@davit/sys";
import { makeMount } from "./make.ts";
import type { Mount } from "./mount.ts";
import { unmountRecursive } from "./unmount.ts";

const PREFIX = "containerd-mount";

/**
 * Makes the mounts at a directory of its own below `location`, runs `fn` with it, and undoes all of it whatever `fn` does.
 * The `volatile` options are left out: what is written here is to last.
 */
export async function withTemporaryMount<T>(
  location: string,
  mounts: readonly Mount[],
  fn: (root: string) => Promise<T>,
): Promise<T> {
  await mkdir(location, { recursive: true, mode: 0o700 });
  const root = await mkdtemp(join(location, PREFIX));
  try {
    for (const mount of mounts) await makeMount(withoutVolatile(mount), root);
    return await fn(root);
  } finally {
    await unmountRecursive(root);
    // Never recursive: had the unmount failed, it would remove what is mounted.
    await rmdir(root);
  }
}

/** Undoes what a daemon that died left mounted below `location`. */
export async function cleanTemporaryMounts(location: string): Promise<void> {
  await unmountRecursive(location, UnmountFlag.MNT_DETACH | UnmountFlag.UMOUNT_NOFOLLOW);
  const left = await readdir(location).catch(() => []);
  for (const name of left) if (name.startsWith(PREFIX)) await rmdir(join(location, name));
}

function withoutVolatile(mount: Mount): Mount {
  return {
    ...mount,
    options: mount.options.filter((option) => option !== "volatile" && option !== "fsync=volatile"),
  };
}
