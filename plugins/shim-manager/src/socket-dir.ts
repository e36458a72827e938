import { mkdir, stat } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import { InvalidArgumentError, isErrno } from "@davit/errdefs";

/** Longer ones leave no room for a SHA-256 in hex in the path of a unix socket, which is up to 106 bytes for Go's shims. */
export const MAX_SOCKET_DIR = 42;

/** What the choice depends on. */
export interface SocketDirFacts {
  /** The configured directory, "" for none. */
  readonly configured: string;
  /** The state directory of the plugin: the daemon's is its parent. */
  readonly state: string;
  readonly uid: number;
  /** `XDG_RUNTIME_DIR`. */
  readonly runtimeDir?: string | undefined;
  /** In place of `/run` and `/tmp`. */
  readonly runRoot?: string | undefined;
  readonly tmpRoot?: string | undefined;
}

/**
 * The directory in which shims listen: as configured; else `s` in the daemon's state directory, so that daemons do not share one;
 * where that is too long or not ours, the first usable of `/run/davit/s`, `$XDG_RUNTIME_DIR/davit/s`, `/run/<uid>/davit/s`,
 * `/tmp/davit-s-<uid>` (root: the first of these). It is made, mode 0700. The names of sockets hold a hash of the daemon's address.
 * @throws InvalidArgumentError for a configured one that is relative or longer than 42 characters; Error when none is usable.
 */
export async function socketDir(facts: SocketDirFacts): Promise<string> {
  const { configured, state, uid, runtimeDir, runRoot = "/run", tmpRoot = "/tmp" } = facts;
  if (configured !== "") {
    checkConfigured(configured);
    await makeDir(configured);
    return configured;
  }
  const candidates = [join(dirname(state), "s"), join(runRoot, "davit/s")];
  if (uid !== 0) {
    if (runtimeDir) candidates.push(join(runtimeDir, "davit/s"));
    candidates.push(join(runRoot, `${uid}/davit/s`), join(tmpRoot, `davit-s-${uid}`));
  }
  for (const path of candidates)
    if (Buffer.byteLength(path) <= MAX_SOCKET_DIR && isAbsolute(path) && (await usable(path, uid)))
      return path;
  throw new Error(`no directory for the sockets of shims is usable: ${candidates.join(", ")}`);
}

function checkConfigured(path: string): void {
  if (!isAbsolute(path)) throw new InvalidArgumentError(`socket_dir must be an absolute path: ${path}`);
  if (Buffer.byteLength(path) > MAX_SOCKET_DIR)
    throw new InvalidArgumentError(`socket_dir is longer than ${MAX_SOCKET_DIR} characters: ${path}`);
}

/** Makes the directory where it can, and tells whether it belongs to the user and to nobody else. */
async function usable(path: string, uid: number): Promise<boolean> {
  try {
    await makeDir(path);
    const info = await stat(path);
    return info.isDirectory() && info.uid === uid && (info.mode & 0o022) === 0;
  } catch (error) {
    if (isErrno(error, "EACCES", "EPERM", "EROFS", "ENOTDIR", "EEXIST", "ENOENT")) return false;
    throw error;
  }
}

async function makeDir(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o711 });
  await mkdir(path, { recursive: true, mode: 0o700 });
}
