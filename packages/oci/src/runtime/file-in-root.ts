import { constants } from "node:fs";
import { lstat, open, readlink, type FileHandle } from "node:fs/promises";
import { InvalidArgumentError, isErrno, NotFoundError, ResourceExhaustedError } from "@davit/errdefs";

/** As many symbolic links as Linux follows for one path. */
const MAX_LINKS = 40;
const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/**
 * Reads a small regular file inside a root file system that somebody else filled. Links are followed as the container would:
 * an absolute one starts at the root, and `..` does not leave it. Every step opens relative to the directory
 * before it, so that a link put in place meanwhile leads nowhere else either.
 *
 * @throws NotFoundError; InvalidArgumentError when it is no regular file or the links have no end;
 *   ResourceExhaustedError when it is larger than `maxBytes`.
 */
export async function readFileInRoot(root: string, path: string, maxBytes: number): Promise<string> {
  const directories: FileHandle[] = [];
  try {
    directories.push(await open(root, O_RDONLY | O_DIRECTORY));
    await using file = await walk(directories, path);
    const stats = await file.stat();
    if (stats.size > maxBytes)
      throw new ResourceExhaustedError(`${path} in the root file system: larger than ${maxBytes} bytes`);
    return await file.readFile("utf8");
  } catch (cause) {
    if (isErrno(cause, "ENOENT", "ENOTDIR")) throw new NotFoundError(`${path} in ${root}`, { cause });
    throw cause;
  } finally {
    for (const directory of directories) await directory.close();
  }
}

/** Opens the file `path` leads to; `directories` holds the way from the root to where the walk is. */
async function walk(directories: FileHandle[], path: string): Promise<FileHandle> {
  const todo = partsOf(path);
  for (let links = 0; ;) {
    const part = todo.shift();
    if (part === undefined) throw new InvalidArgumentError(`${path} in the root file system: a directory`);
    if (part === "..") {
      if (directories.length > 1) await directories.pop()?.close();
      continue;
    }
    const here = `/proc/self/fd/${directories.at(-1)?.fd}/${part}`;
    const stats = await lstat(here);
    if (stats.isSymbolicLink()) {
      if (++links > MAX_LINKS)
        throw new InvalidArgumentError(`${path} in the root file system: too many links`);
      const target = await readlink(here);
      if (target.startsWith("/")) for (const left of directories.splice(1)) await left.close();
      todo.unshift(...partsOf(target));
    } else if (todo.length > 0) {
      directories.push(await open(here, O_RDONLY | O_NOFOLLOW | O_DIRECTORY));
    } else {
      // Opening a device may do something, and a fifo waits for its writer.
      if (!stats.isFile())
        throw new InvalidArgumentError(`${path} in the root file system: not a regular file`);
      return await open(here, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    }
  }
}

const partsOf = (path: string): string[] => path.split("/").filter((part) => part !== "" && part !== ".");
