import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import type { SnapshotStorage } from "./storage.ts";

const PREFIX = "new-";
const REMOVED = "rm-";

/**
 * The directories of snapshots, `<root>/<id>`: built under a temporary name, renamed when whole. What has no record is
 * garbage, whether a crash or a removal left it.
 */
export class SnapshotDirectories {
  readonly #root: string;
  readonly #underWay = new Set<string>();

  /** @param root its parent exists. */
  constructor(root: string) {
    this.#root = root;
  }

  /** Makes the root. */
  async prepare(): Promise<void> {
    await mkdir(this.#root, { recursive: true, mode: 0o700 });
  }

  path(id: string): string {
    return join(this.#root, id);
  }

  /**
   * Builds a directory and gives it its id: `build` fills it under a temporary name, `register` is to call `place` with the
   * id and to write the record. On failure the directory is removed.
   */
  async create<T>(
    build: (directory: string) => Promise<void>,
    register: (place: (id: string) => Promise<void>) => Promise<T>,
  ): Promise<T> {
    const temporary = await mkdtemp(join(this.#root, PREFIX));
    this.#underWay.add(basename(temporary));
    let placed = temporary;
    try {
      await build(temporary);
      return await register(async (id) => {
        const path = this.path(id);
        // A crash between rename and record leaves a directory whose id is given again.
        await rm(path, { recursive: true, force: true });
        await rename(temporary, path);
        placed = path;
      });
    } catch (error) {
      await rm(placed, { recursive: true, force: true });
      throw error;
    } finally {
      this.#underWay.delete(basename(temporary));
    }
  }

  async remove(id: string): Promise<void> {
    await rm(this.path(id), { recursive: true, force: true });
  }

  /** Removes directories without a record. */
  async removeGarbage(storage: SnapshotStorage, signal?: AbortSignal): Promise<void> {
    const garbage = await storage.withIds(async (ids) => {
      const names = (await readdir(this.#root)).filter((name) => !ids.has(name) && !this.#underWay.has(name));
      return Promise.all(names.map((name) => this.#setAside(name)));
    });
    for (const path of garbage) {
      signal?.throwIfAborted();
      await rm(path, { recursive: true, force: true });
    }
  }

  /** Renames garbage out of the way of ids: one that a crash left may be given again while its files are removed. */
  async #setAside(name: string): Promise<string> {
    const path = join(this.#root, name);
    if (name.startsWith(REMOVED)) return path;
    const aside = join(this.#root, `${REMOVED}${name}-${process.hrtime.bigint()}`);
    await rename(path, aside);
    return aside;
  }
}
