import { randomBytes } from "node:crypto";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { isErrno, ResourceExhaustedError } from "@davit/errdefs";
import { OffThread } from "./off-thread.ts";
import type { SnapshotStorage } from "./storage.ts";

const PREFIX = "new-";
const REMOVED = "rm-";

/**
 * The directories of snapshots, `<root>/<id>`: built under a temporary name, renamed when whole. What has no record is
 * garbage, whether a crash or a removal left it. Files are removed on a thread of its own.
 */
export class SnapshotDirectories implements AsyncDisposable {
  readonly #root: string;
  readonly #underWay = new Set<string>();
  readonly #remover = new OffThread<string, void>(new URL("./remove.worker.js", import.meta.url));

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
   * @throws what these throw; ResourceExhaustedError when the disk is full.
   */
  async create<T>(
    build: (directory: string) => Promise<void>,
    register: (place: (id: string) => Promise<void>) => Promise<T>,
  ): Promise<T> {
    const name = PREFIX + randomBytes(8).toString("hex");
    // Before it is there: a cleanup that reads the root meanwhile must leave it alone.
    this.#underWay.add(name);
    let path = join(this.#root, name);
    let stale: string | undefined;
    try {
      await mkdir(path, { mode: 0o700 });
      await build(path);
      const created = await register(async (id) => {
        // A crash between rename and record leaves a directory whose id is given again.
        stale = await this.#setAside(id);
        await rename(path, this.path(id));
        path = this.path(id);
      });
      await this.#removeIfPossible(stale);
      return created;
    } catch (error) {
      // Nobody else has seen it yet, and ids are not given twice.
      await rm(path, { recursive: true, force: true });
      if (isErrno(error, "ENOSPC", "EDQUOT"))
        throw new ResourceExhaustedError("no room for the directory of a snapshot", { cause: error });
      throw error;
    } finally {
      this.#underWay.delete(name);
    }
  }

  /** Removes the directory of a snapshot whose record is gone. One that cannot be removed is garbage for a later cleanup. */
  async remove(id: string): Promise<void> {
    await this.#removeIfPossible(await this.#setAside(id));
  }

  /**
   * Removes directories without a record.
   * @throws the error of the first that cannot be removed, once the others are.
   */
  async removeGarbage(storage: SnapshotStorage, signal?: AbortSignal): Promise<void> {
    const garbage = await storage.withIds(async (ids) => {
      const names = (await readdir(this.#root)).filter((name) => !ids.has(name) && !this.#underWay.has(name));
      return Promise.all(names.map((name) => this.#setAside(name)));
    });
    const errors: unknown[] = [];
    for (const path of garbage) {
      signal?.throwIfAborted();
      if (path !== undefined) await this.#remover.ask(path).catch((error: unknown) => errors.push(error));
    }
    if (errors.length > 0)
      throw new Error(`${errors.length} directories in ${this.#root} cannot be removed`, {
        cause: errors[0],
      });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#remover[Symbol.asyncDispose]();
  }

  /** What cannot be removed stays garbage: the cleanup says what is wrong with it. */
  async #removeIfPossible(path: string | undefined): Promise<void> {
    if (path !== undefined) await this.#remover.ask(path).catch(() => undefined);
  }

  /** Renames garbage out of the way of ids; undefined when there is none of that name. What is mounted cannot be renamed. */
  async #setAside(name: string): Promise<string | undefined> {
    const path = join(this.#root, name);
    if (name.startsWith(REMOVED)) return path;
    const aside = join(this.#root, `${REMOVED}${name}-${process.hrtime.bigint()}`);
    try {
      await rename(path, aside);
      return aside;
    } catch (error) {
      if (isErrno(error, "ENOENT")) return undefined;
      if (isErrno(error, "EBUSY")) return path;
      throw error;
    }
  }
}
