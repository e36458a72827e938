import { closeSync, constants, openSync, readdirSync, renameSync, rmdirSync, unlinkSync } from "node:fs";
import { basename, dirname } from "node:path";

const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY;
/** Each level holds a descriptor; what lies deeper is moved to the top first. */
const MAX_DEPTH = 64;
/** How often a directory is tried that somebody fills or swaps at the same time. */
const ATTEMPTS = 10;
/** Begins as what `SnapshotDirectories` sets aside: a crash leaves garbage. */
const DEFERRED = "rm-deep-";

/**
 * Removes what is at `path`, with everything below. Nothing there is fine. Synchronous.
 *
 * A layer is what a container wrote, and the container may still run: between two calls it can put a symbolic link in a
 * directory's place. So no path is walked: each directory is held open, and names are looked up in it alone.
 * @throws the error of the first entry that cannot be removed, once the others are.
 */
export function removeTree(path: string): void {
  const parent = openSync(dirname(path), DIRECTORY);
  try {
    new Removal(parent).run(Buffer.from(basename(path)));
  } finally {
    closeSync(parent);
  }
}

class Removal {
  readonly #top: number;
  /** What is still to be removed from the top. */
  readonly #pending: Buffer[] = [];

  /** @param top the directory in which what lies too deep finds a place. */
  constructor(top: number) {
    this.#top = top;
  }

  run(name: Buffer): void {
    this.#pending.push(name);
    const errors: unknown[] = [];
    for (let next = this.#pending.pop(); next !== undefined; next = this.#pending.pop()) {
      try {
        this.#entry(this.#top, next, 0);
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }

  #entry(directory: number, name: Buffer, depth: number): void {
    const path = within(directory, name);
    for (let attempt = 1; ; attempt++) {
      if (!isDirectoryAfterUnlink(path)) return;
      if (depth >= MAX_DEPTH) return this.#defer(path);
      try {
        this.#content(path, depth);
        rmdirSync(path);
        return;
      } catch (error) {
        if (codeOf(error) === "ENOENT") return;
        const swapped = ["ENOTDIR", "ELOOP", "ENOTEMPTY", "EEXIST"].includes(codeOf(error));
        if (!swapped || attempt === ATTEMPTS) throw error;
      }
    }
  }

  #content(path: Buffer, depth: number): void {
    const errors: unknown[] = [];
    const fd = openSync(path, DIRECTORY | constants.O_NOFOLLOW);
    try {
      for (const name of readdirSync(`/proc/self/fd/${fd}`, { encoding: "buffer" })) {
        try {
          this.#entry(fd, name, depth + 1);
        } catch (error) {
          errors.push(error);
        }
      }
    } finally {
      closeSync(fd);
    }
    if (errors.length > 0) throw errors[0];
  }

  #defer(path: Buffer): void {
    const name = Buffer.from(`${DEFERRED}${process.hrtime.bigint()}`);
    renameSync(path, within(this.#top, name));
    this.#pending.push(name);
  }
}

/** The kernel follows the descriptor, and then looks up this one name. Names are bytes: not all are UTF-8. */
const within = (directory: number, name: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`/proc/self/fd/${directory}/`), name]);

/** Removes anything but a directory; tells whether it is one. A link is removed itself. */
function isDirectoryAfterUnlink(path: Buffer): boolean {
  try {
    unlinkSync(path);
    return false;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    if (codeOf(error) === "EISDIR") return true;
    throw error;
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
