import { mkdir, mkdtemp, readdir, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { isErrno } from "@davit/errdefs";
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
  let result: T;
  try {
    for (const mount of mounts) await makeMount(withoutVolatile(mount), root);
    result = await fn(root);
  } catch (error) {
    // What went wrong first is what is told. A mount that stays is undone at the next start.
    await undo(root).catch(() => undefined);
    throw error;
  }
  await undo(root);
  return result;
}

async function undo(root: string): Promise<void> {
  await unmountRecursive(root);
  // Never recursive: had the unmount failed, it would remove what is mounted.
  await rmdir(root);
}

/**
 * Undoes what a daemon that died left mounted below `location`.
 * @returns what was in the way of it: no reason not to start.
 */
export async function cleanTemporaryMounts(location: string): Promise<readonly unknown[]> {
  const errors: unknown[] = [];
  const failed = (error: unknown) => void errors.push(error);
  for (const name of await temporaryIn(location)) {
    const root = join(location, name);
    await unmountRecursive(root, UnmountFlag.MNT_DETACH | UnmountFlag.UMOUNT_NOFOLLOW)
      .then(() => rmdir(root))
      .catch(failed);
  }
  return errors;
}

async function temporaryIn(location: string): Promise<string[]> {
  try {
    return (await readdir(location)).filter((name) => name.startsWith(PREFIX));
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  }
}

function withoutVolatile(mount: Mount): Mount {
  return {
    ...mount,
    options: mount.options.filter((option) => option !== "volatile" && option !== "fsync=volatile"),
  };
}
