/** A mount still to be made (containerd.types.Mount). */
export interface Mount {
  /** File system type: `bind`, `overlay`, `ext4` … */
  readonly type: string;
  readonly source: string;
  /** Path below the place it is mounted at; absent is that place itself. */
  readonly target?: string | undefined;
  readonly options: readonly string[];
}

/** Whether nothing can be written through the mount (reference 03 §3). */
export function isReadOnly({ type, options }: Mount): boolean {
  const kind = type.slice(type.lastIndexOf("/") + 1);
  if (kind === "erofs") return true;
  if (options.includes("ro")) return true;
  return kind === "overlay" && !options.some((option) => option.startsWith("upperdir="));
}

/** The directories an option of an overlay mount names: `lowerdir`, `upperdir`, `workdir`. */
export function overlayDirectories({ options }: Mount): {
  readonly lower: readonly string[];
  readonly upper?: string;
  readonly work?: string;
} {
  const value = (key: string) =>
    options.find((option) => option.startsWith(`${key}=`))?.slice(key.length + 1);
  const upper = value("upperdir");
  const work = value("workdir");
  return {
    lower: value("lowerdir")?.split(":") ?? [],
    ...(upper === undefined ? {} : { upper }),
    ...(work === undefined ? {} : { work }),
  };
}

/** The same mounts for looking only: an overlay's upper directory becomes its topmost lower one (containerd's read-only temp mount). */
export function readOnly(mounts: readonly Mount[]): readonly Mount[] {
  return mounts.map((mount) => {
    if (isReadOnly(mount)) return mount;
    if (mount.type !== "overlay")
      return { ...mount, options: [...mount.options.filter((o) => o !== "rw"), "ro"] };
    const { lower, upper } = overlayDirectories(mount);
    const others = mount.options.filter(
      (option) => !/^(upperdir|workdir|lowerdir|uidmap|gidmap)=/.test(option),
    );
    const directories = upper === undefined ? lower : [upper, ...lower];
    if (directories.length === 1 && directories[0] !== undefined)
      return { type: "bind", source: directories[0], options: ["ro", "rbind"] };
    return { ...mount, options: [...others, `lowerdir=${directories.join(":")}`] };
  });
}
