import { mkdirSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import { InvalidArgumentError } from "@davit/errdefs";
import { isSystemError, mount as mountCall, MountFlag, mountAsync, mountsAt } from "@davit/sys";
import { overlayDirectories, type Mount } from "./mount.ts";
import { parseOptions } from "./options.ts";
import { dropMount } from "./unmount.ts";

/** The kernel copies one page of options, and refuses more. */
const PAGE = 4096;
/** From here on overlay directories are written relative to their common parent (containerd's margin). */
const LONG = PAGE - 512;

/** Types that are quick to mount, and so may hold the thread for the call. */
const QUICK = new Set(["bind", "overlay", "tmpfs", "proc", "sysfs", "devpts", "mqueue"]);

/**
 * Makes mounts, one upon the other, at `target`. When one fails, those before it are undone.
 * @throws SystemError; InvalidArgumentError, NotImplementedError for options (see {@link parseOptions}).
 */
export async function mountAll(mounts: readonly Mount[], target: string): Promise<void> {
  const made: string[] = [];
  try {
    for (const mount of mounts) made.push(await makeMount(mount, target));
  } catch (error) {
    // What was mounted there before is not ours.
    for (const place of made.toReversed()) dropMount(place);
    throw error;
  }
}

/**
 * Makes one mount at `target`, or below it where the mount names a path there.
 * @returns where that is.
 */
export async function makeMount(mount: Mount, target: string): Promise<string> {
  const place = placeOf(mount, target);
  const { flags, data } = parseOptions(mount.options);
  const options = data.join(",");
  const length = Buffer.byteLength(options);
  if (mount.type === "overlay" && length > LONG) return mountLongOverlay(mount, place, flags, data);
  if (length >= PAGE) throw tooLong(mount);
  const request = {
    source: mount.source,
    target: place,
    // The type of a bind mount is not looked at.
    fsType: mount.type,
    flags: mount.type === "bind" ? flags | MountFlag.MS_BIND : flags,
    ...(options === "" ? {} : { data: options }),
  };
  // A bind mount takes no other flags at first: it is made, then remounted with them.
  const isBind = (request.flags & MountFlag.MS_BIND) !== 0 && (request.flags & MountFlag.MS_REMOUNT) === 0;
  const later = isBind ? request.flags & ~(MountFlag.MS_BIND | MountFlag.MS_REC) : 0;
  const first = { ...request, flags: request.flags & ~later };
  if (isBind || QUICK.has(mount.type)) mountCall(first);
  else await mountAsync(first);
  if (later !== 0) remountBind(place, later);
  return place;
}

/** Gives a bind mount its flags; one that cannot have them is not left behind. */
function remountBind(place: string, flags: number): void {
  const remount = (all: number) =>
    mountCall({ target: place, flags: all | MountFlag.MS_BIND | MountFlag.MS_REMOUNT });
  try {
    try {
      remount(flags);
    } catch (error) {
      // In a user namespace, flags that the source has from outside are locked: they must be kept.
      if (!isSystemError(error, "EPERM")) throw error;
      remount(flags | lockableFlags(place));
    }
  } catch (error) {
    dropMount(place);
    throw error;
  }
}

const lockableFlags = (place: string): number =>
  parseOptions(mountsAt(place).at(-1)?.options ?? []).flags & ~MountFlag.MS_REMOUNT;

function placeOf({ target: below = "" }: Mount, target: string): string {
  if (below === "") return target;
  const place = resolve(target, `.${sep}${below}`);
  if (place !== target && !place.startsWith(target.endsWith(sep) ? target : target + sep))
    throw new InvalidArgumentError(`mount target "${below}" leaves ${target}`);
  mkdirSync(place, { recursive: true, mode: 0o755 });
  return place;
}

/**
 * An overlay of many layers: the directories are written relative to the one they share, which is the working directory
 * for just this call. All paths of the daemon are absolute, so no other thread notices.
 */
function mountLongOverlay(mount: Mount, place: string, flags: number, data: readonly string[]): string {
  const { lower } = overlayDirectories(mount);
  const parent = commonParent(lower);
  const relative = lower.map((dir) => dir.slice(parent.length + 1) || ".");
  const options = data
    .map((option) => (option.startsWith("lowerdir=") ? `lowerdir=${relative.join(":")}` : option))
    .join(",");
  if (Buffer.byteLength(options) >= PAGE) throw tooLong(mount);
  const before = workingDirectory();
  const target = resolve(before, place);
  process.chdir(parent);
  try {
    mountCall({ source: mount.source, target, fsType: "overlay", flags, data: options });
  } finally {
    process.chdir(before);
  }
  return place;
}

/** The root when there is none any more: somebody removed the directory the daemon was started in. */
function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return "/";
  }
}

/** The deepest directory all of the paths lie in. */
export function commonParent(paths: readonly string[]): string {
  const split = paths.map((path) => path.split(sep));
  const first = split[0] ?? [];
  let length = 0;
  while (length < first.length - 1 && split.every((parts) => parts[length] === first[length])) length++;
  return join(sep, ...first.slice(0, length));
}

const tooLong = (mount: Mount): InvalidArgumentError =>
  new InvalidArgumentError(
    `mount options is too long: ${mount.type} mount of ${mount.options.join(",").length} bytes`,
  );
