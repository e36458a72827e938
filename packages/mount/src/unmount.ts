import {
  isSystemError,
  mount,
  MountFlag,
  mountInfo,
  mountsAt,
  realMountPoint,
  umount,
  umountAsync,
  UnmountFlag,
} from "@davit/sys";

/** How long a busy mount is waited for: something may still hold a file open that is about to close it. */
const BUSY_RETRIES = 50;
const BUSY_PAUSE_MS = 20;

/**
 * Unmounts everything that is mounted at `target`. What is not mounted, or not there, is no error.
 * @param flags bits of `UnmountFlag`.
 */
export async function unmountAll(target: string, flags: number = UnmountFlag.UMOUNT_NOFOLLOW): Promise<void> {
  for (let layer = mountsAt(target).length; layer > 0; layer--) await unmountOne(target, flags);
}

/**
 * Unmounts everything at and below `target` (links on the way to it are followed), the deepest first. Where a mount is a
 * copy of another, such as one made by `rbind`, what is mounted in the original stays.
 */
export async function unmountRecursive(
  target: string,
  flags: number = UnmountFlag.UMOUNT_NOFOLLOW,
): Promise<void> {
  const real = realMountPoint(target) ?? target;
  const points = mountInfo()
    .map(({ mountPoint }) => mountPoint)
    .filter((point) => point === real || point.startsWith(`${real}/`));
  for (const point of points) makePrivate(point);
  // Later lines of mountinfo lie upon earlier ones.
  for (const point of points.toReversed()) await unmountOne(point, flags);
}

/** Unmounts the topmost mount at a place, with what lies in it, though it be in use: one that nobody was told of yet. */
export function dropMount(place: string): void {
  makePrivate(place, MountFlag.MS_REC);
  umount(place, UnmountFlag.MNT_DETACH | UnmountFlag.UMOUNT_NOFOLLOW);
}

/** Else an unmount within a copy would be done in the original too, if that is shared (mount_namespaces(7)). */
function makePrivate(place: string, flags = 0): void {
  try {
    mount({ target: place, flags: MountFlag.MS_PRIVATE | flags });
  } catch (error) {
    // Another one was faster.
    if (!isSystemError(error, "EINVAL", "ENOENT")) throw error;
  }
}

async function unmountOne(target: string, flags: number): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await umountAsync(target, flags);
      return;
    } catch (error) {
      if (isSystemError(error, "EINVAL") || isSystemError(error, "ENOENT")) return;
      if (!isSystemError(error, "EBUSY") || attempt === BUSY_RETRIES) throw error;
      await new Promise((done) => setTimeout(done, BUSY_PAUSE_MS));
    }
  }
}
