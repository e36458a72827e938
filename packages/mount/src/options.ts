import { InvalidArgumentError, NotImplementedError } from "@davit/errdefs";
import { MountFlag } from "@davit/sys";

/** What mount(2) is called with, from the options of a {@link Mount}. */
export interface ParsedOptions {
  /** Bits of `MountFlag`. */
  readonly flags: number;
  /** What the file system reads. */
  readonly data: readonly string[];
}

/** Options that are flags of mount(2), and whether they clear instead of set (reference 03 §3; `defaults` is none, as in containerd). */
const FLAGS: Readonly<Record<string, readonly [flag: number, clear: boolean]>> = {
  async: [MountFlag.MS_SYNCHRONOUS, true],
  atime: [MountFlag.MS_NOATIME, true],
  bind: [MountFlag.MS_BIND, false],
  dev: [MountFlag.MS_NODEV, true],
  diratime: [MountFlag.MS_NODIRATIME, true],
  dirsync: [MountFlag.MS_DIRSYNC, false],
  exec: [MountFlag.MS_NOEXEC, true],
  mand: [MountFlag.MS_MANDLOCK, false],
  noatime: [MountFlag.MS_NOATIME, false],
  nodev: [MountFlag.MS_NODEV, false],
  nodiratime: [MountFlag.MS_NODIRATIME, false],
  noexec: [MountFlag.MS_NOEXEC, false],
  nomand: [MountFlag.MS_MANDLOCK, true],
  norelatime: [MountFlag.MS_RELATIME, true],
  nostrictatime: [MountFlag.MS_STRICTATIME, true],
  nosuid: [MountFlag.MS_NOSUID, false],
  rbind: [MountFlag.MS_BIND | MountFlag.MS_REC, false],
  relatime: [MountFlag.MS_RELATIME, false],
  remount: [MountFlag.MS_REMOUNT, false],
  ro: [MountFlag.MS_RDONLY, false],
  rw: [MountFlag.MS_RDONLY, true],
  strictatime: [MountFlag.MS_STRICTATIME, false],
  suid: [MountFlag.MS_NOSUID, true],
  sync: [MountFlag.MS_SYNCHRONOUS, false],
};

/**
 * Parts the options of a mount into flags and data.
 * @throws InvalidArgumentError for an option the mount manager should have consumed; NotImplementedError for a loop device
 *   or an id-mapped mount, which only the mount manager makes.
 */
export function parseOptions(options: readonly string[]): ParsedOptions {
  let flags = 0;
  const data: string[] = [];
  for (const option of options) {
    const known = Object.hasOwn(FLAGS, option) ? FLAGS[option] : undefined;
    if (known !== undefined) flags = known[1] ? flags & ~known[0] : flags | known[0];
    else if (option.startsWith("X-containerd."))
      throw new InvalidArgumentError(
        `internal mount option "${option}" was not consumed by the mount manager`,
      );
    else if (option === "loop" || /^[ug]idmap=/.test(option))
      throw new NotImplementedError(`mount option "${option}" needs the mount manager`);
    else data.push(option);
  }
  return { flags, data };
}
