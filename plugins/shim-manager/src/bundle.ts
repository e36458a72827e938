import { chmod, chown, mkdir, readlink, rename, rm, rmdir, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isErrno } from "@davit/errdefs";
import { validateIdentifier } from "@davit/identifiers";
import { unmountRecursive } from "@davit/mount";
import type { Bundle, BundleFolders } from "@davit/runtime";
import { mountInfo } from "@davit/sys";
import type { Any } from "@davit/typeurl";

/** Names of the files in a bundle that the daemon writes. */
export const BUNDLE_FILES = {
  config: "config.json",
  log: "log",
  rootfs: "rootfs",
  work: "work",
  binary: "shim-binary-path",
  bootstrap: "bootstrap.json",
  /** Of shims before 1.7. */
  address: "address",
  sandbox: "sandbox",
} as const;

/** Names a bundle; nothing is made. */
export const bundleOf = (folders: BundleFolders, namespace: string, id: string): Bundle => ({
  id,
  namespace,
  folders,
  path: join(folders.state, namespace, id),
  workPath: join(folders.root, namespace, id),
});

/** A file of the bundle. */
export const inBundle = ({ path }: Bundle, file: keyof typeof BUNDLE_FILES): string =>
  join(path, BUNDLE_FILES[file]);

/**
 * Makes a bundle with its work directory and, where there is a spec, `config.json` (reference 04 §2). When it cannot, what was
 * made is removed.
 * @throws InvalidArgumentError `invalid task id …`; the error of `mkdir` (EEXIST) when there is one already.
 */
export async function createBundle(
  folders: BundleFolders,
  namespace: string,
  id: string,
  spec: Any | undefined,
): Promise<Bundle> {
  checkId(id);
  const bundle = bundleOf(folders, namespace, id);
  await mkdir(dirname(bundle.path), { recursive: true, mode: 0o711 });
  await mkdir(bundle.path, { mode: 0o700 });
  try {
    await giveToRemappedGroup(bundle.path, spec);
    await mkdir(inBundle(bundle, "rootfs"), { mode: 0o711 });
    await makeWork(bundle);
    if (spec !== undefined && spec.value.length > 0)
      await writeFile(inBundle(bundle, "config"), spec.value, { mode: 0o666, flag: "wx" });
  } catch (error) {
    await deleteBundle(bundle);
    throw error;
  }
  return bundle;
}

function checkId(id: string): void {
  try {
    validateIdentifier(id);
  } catch (cause) {
    throw new Error(`invalid task id ${id}`, { cause });
  }
}

async function makeWork(bundle: Bundle): Promise<void> {
  await mkdir(dirname(bundle.workPath), { recursive: true, mode: 0o711 });
  await rm(bundle.workPath, { recursive: true, force: true });
  await mkdir(bundle.workPath, { mode: 0o711 });
  await symlink(bundle.workPath, inBundle(bundle, "work"));
}

/** With a user namespace, the group that is root in it must reach the bundle. */
async function giveToRemappedGroup(path: string, spec: Any | undefined): Promise<void> {
  const gid = remappedRootGid(spec);
  if (gid === 0) return;
  await chown(path, -1, gid);
  await chmod(path, 0o710);
}

/** The host's group for group 0 of the container, 0 where the spec maps none. */
export function remappedRootGid(spec: Any | undefined): number {
  const mappings = ociSpecOf(spec)?.linux?.gidMappings ?? [];
  return mappings.find(({ containerID }) => containerID === 0)?.hostID ?? 0;
}

interface SpecParts {
  readonly linux?: {
    readonly gidMappings?: readonly { readonly containerID?: number; readonly hostID?: number }[];
  };
}

function ociSpecOf(spec: Any | undefined): SpecParts | undefined {
  if (spec === undefined || spec.value.length === 0) return undefined;
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(spec.value));
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined; // specs are opaque: a runtime may have its own
  }
}

/**
 * Removes a bundle and its work directory, with what is mounted at its `rootfs`. They are renamed first, so that half a bundle is
 * never taken for one. What is not there is no error.
 */
export async function deleteBundle(bundle: Bundle): Promise<void> {
  await removeRootfs(inBundle(bundle, "rootfs"));
  const work = await workOf(bundle);
  await removeRenamed(bundle.path);
  await removeRenamed(work);
}

/** Unmounts, and never deletes through a mount: files that a failed start left directly in the bundle go with it. */
async function removeRootfs(rootfs: string): Promise<void> {
  await unmountRecursive(rootfs);
  try {
    await rmdir(rootfs);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return;
    if (!isErrno(error, "ENOTEMPTY") || hasMounts(rootfs)) throw error;
    await rm(rootfs, { recursive: true, force: true });
  }
}

const hasMounts = (path: string): boolean =>
  mountInfo().some(({ mountPoint }) => mountPoint === path || mountPoint.startsWith(`${path}/`));

async function workOf(bundle: Bundle): Promise<string> {
  try {
    return await readlink(inBundle(bundle, "work"));
  } catch (error) {
    if (isErrno(error, "ENOENT", "EINVAL")) return bundle.workPath;
    throw error;
  }
}

async function removeRenamed(path: string): Promise<void> {
  const hidden = join(dirname(path), `.${basename(path)}`);
  await rm(hidden, { recursive: true, force: true }); // of a removal that was cut short
  try {
    await rename(path, hidden);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return;
    throw error;
  }
  await rm(hidden, { recursive: true, force: true });
}
