import { chmod, chown, lstat, mkdir, mkdtemp, open, rename, rm, stat, unlink } from "node:fs/promises";
import { connect, type Server } from "node:net";
import { basename, dirname, join } from "node:path";
import { AlreadyExistsError, FailedPreconditionError, InvalidArgumentError, isErrno } from "@davit/errdefs";

/** Longest path of a socket in bytes that containerd accepts (its pkg/sys). */
const MAX_PATH_BYTES = 104;
/** Longest path that fits a `sockaddr_un`, its final zero left out. */
const MAX_SUN_PATH_BYTES = 107;

/** Where and for whom a unix socket is opened. */
export interface UnixSocketOptions {
  /** Absolute path, at most 104 bytes. A missing parent directory is created with mode 0770 and the socket's owner. */
  readonly path: string;
  /** Mode of the socket; default 0660. */
  readonly mode?: number | undefined;
  /** Owner and group; default those of the process. */
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
}

/** A server that listens on a unix socket. */
export interface UnixSocket {
  readonly path: string;
  /** Removes the socket file, if it is still ours. The server itself is not closed. Idempotent. */
  remove(): Promise<void>;
}

/**
 * Lets `server` (of node:net, node:http, node:http2) listen on a unix socket. Nobody can connect before mode and owner are
 * set: the socket is made in a directory of our own and then renamed, which also replaces a stale one in a single step.
 * @throws InvalidArgumentError for a path too long, AlreadyExistsError when another process serves it,
 *   FailedPreconditionError when something else than a socket is there.
 */
export async function listenUnix(server: Server, options: UnixSocketOptions): Promise<UnixSocket> {
  const { path, mode = 0o660 } = options;
  const uid = options.uid ?? process.geteuid?.() ?? 0;
  const gid = options.gid ?? process.getegid?.() ?? 0;
  if (Buffer.byteLength(path) > MAX_PATH_BYTES)
    throw new InvalidArgumentError(
      `${JSON.stringify(path)}: unix socket path too long (> ${MAX_PATH_BYTES})`,
      { bare: true },
    );
  await makeParent(dirname(path), uid, gid);
  await refuseToReplace(path);
  const own = await mkdtemp(join(dirname(path), ".socket-"));
  try {
    const made = join(own, basename(own));
    await bind(server, made);
    await chown(made, uid, gid);
    await chmod(made, mode);
    await rename(made, path);
  } catch (err) {
    server.close();
    throw err;
  } finally {
    await rm(own, { recursive: true, force: true });
  }
  const { dev, ino } = await stat(path);
  return { path, remove: () => removeOwn(path, dev, ino) };
}

async function makeParent(dir: string, uid: number, gid: number): Promise<void> {
  // Undefined when it exists: then mode and owner are the administrator's business.
  if ((await mkdir(dir, { recursive: true, mode: 0o770 })) === undefined) return;
  await chmod(dir, 0o770);
  await chown(dir, uid, gid);
}

/** Lets only a socket pass that nobody serves any more. */
async function refuseToReplace(path: string): Promise<void> {
  const found = await lstat(path).catch(ignoreAbsent);
  if (found === undefined) return;
  if (!found.isSocket()) throw new FailedPreconditionError(`${path} exists and is not a socket`);
  if (await isServed(path)) throw new AlreadyExistsError(`unix socket ${path} is served by another process`);
}

function isServed(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = connect(path);
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", (err) => {
      // EAGAIN: its queue of connections is full, so it is served, if badly.
      if (isErrno(err, "EAGAIN")) resolve(true);
      else if (isErrno(err, "ECONNREFUSED") || isErrno(err, "ENOENT")) resolve(false);
      else reject(err);
    });
  });
}

async function bind(server: Server, path: string): Promise<void> {
  if (Buffer.byteLength(path) <= MAX_SUN_PATH_BYTES) return listen(server, path);
  // The kernel limits what it is told, not where that leads.
  const dir = await open(dirname(path));
  try {
    await listen(server, `/proc/self/fd/${dir.fd}/${basename(path)}`);
  } finally {
    await dir.close();
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function removeOwn(path: string, dev: number, ino: number): Promise<void> {
  const found = await lstat(path).catch(ignoreAbsent);
  if (found?.dev === dev && found.ino === ino) await unlink(path).catch(ignoreAbsent);
}

function ignoreAbsent(err: unknown): undefined {
  if (!isErrno(err, "ENOENT")) throw err;
}
