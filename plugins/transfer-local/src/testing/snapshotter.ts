import { cp, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { AlreadyExistsError, NotFoundError, quote } from "@davit/errdefs";
import type { Mount } from "@davit/mount";
import type { CallOptions } from "@davit/namespaces";
import { SNAPSHOT_LABELS, type Info, type SnapshotLabels, type Snapshotter } from "@davit/snapshots";
import { now } from "@davit/time";

export interface Snapshot extends Info {
  readonly directory: string;
}

type Options = CallOptions & { readonly labels?: SnapshotLabels | undefined };

/** Snapshots as directories, each a copy of its parent. As behind the metadata store, a chain ID that is there is told. */
export class DirectorySnapshotter implements Pick<Snapshotter, "prepare" | "commit" | "remove" | "stat"> {
  readonly #root: string;
  readonly all: Map<string, Snapshot> = new Map();
  /** `prepare <chain ID>`, `commit <chain ID> …`, `remove`, as they were made. */
  readonly calls: string[] = [];
  /** Thrown by the next prepare() whose turn it is. */
  readonly failures: (Error | undefined)[] = [];
  /** Whether files come from somewhere else, so that nothing is to be unpacked. */
  isStaged = false;

  constructor(root: string) {
    this.#root = root;
  }

  async stat(key: string): Promise<Info> {
    return this.#get(key);
  }

  async prepare(key: string, parent: string, { labels = {} }: Options): Promise<readonly Mount[]> {
    this.calls.push(`prepare ${key.replace(/^\S+ /, "")}`);
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    const target = labels[SNAPSHOT_LABELS.ref];
    for (const name of [target, key])
      if (name !== undefined && this.all.has(name)) throw new AlreadyExistsError(`snapshot ${quote(name)}`);
    const directory = join(this.#root, `${this.calls.length}`);
    if (parent === "") await mkdir(directory, { recursive: true });
    else await cp(this.#get(parent).directory, directory, { recursive: true });
    this.#put({ name: key, parent, kind: "active", labels, directory });
    return [{ type: "bind", source: directory, options: [this.isStaged ? "ro" : "rw", "rbind"] }];
  }

  async commit(
    name: string,
    key: string,
    { labels = {}, parent }: Options & { readonly parent?: string | undefined },
  ): Promise<void> {
    const active = this.#get(key);
    this.calls.push(`commit ${name}${parent === undefined ? "" : ` onto ${parent}`}`);
    if (this.all.has(name)) throw new AlreadyExistsError(`committed snapshot ${name}`);
    if (parent !== undefined)
      await cp(this.#get(parent).directory, active.directory, { recursive: true, force: false });
    this.all.delete(key);
    this.#put({ ...active, name, parent: parent ?? active.parent, kind: "committed", labels });
  }

  async remove(key: string): Promise<void> {
    this.calls.push("remove");
    const { directory } = this.#get(key);
    this.all.delete(key);
    await rm(directory, { recursive: true });
  }

  /** Where the files of a committed snapshot are. */
  directory(name: string): string {
    return this.#get(name).directory;
  }

  /** Keys that were left active. */
  get active(): string[] {
    return [...this.all.values()].filter(({ kind }) => kind === "active").map(({ name }) => name);
  }

  #get(key: string): Snapshot {
    const found = this.all.get(key);
    if (found === undefined) throw new NotFoundError(`snapshot ${key} does not exist`);
    return found;
  }

  #put(snapshot: Omit<Snapshot, "createdAt" | "updatedAt">): void {
    this.all.set(snapshot.name, { ...snapshot, createdAt: now(), updatedAt: now() });
  }
}
