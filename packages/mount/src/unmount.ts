import { isSystemError, mountInfo, mountsAt, umountAsync, UnmountFlag } from "@davit/sys";

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

/** Unmounts everything at and below `target`, the deepest first. */
export async function unmountRecursive(
  target: string,
  flags: number = UnmountFlag.UMOUNT_NOFOLLOW,
): Promise<void> {
  const below = mountInfo()
    .map(({ mountPoint }) => mountPoint)
    .filter((point) => point === target || point.startsWith(`${target}/`));
  // Later lines of mountinfo lie upon earlier ones.
  for (const point of below.toReversed()) await unmountOne(point, flags);
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
