import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { FailedPreconditionError, NotImplementedError } from "@davit/errdefs";
import type { Mount } from "@davit/mount";
import type { CallOptions } from "@davit/namespaces";
import {
  OffThread,
  SnapshotDirectories,
  SnapshotStorage,
  UsageMeter,
  type Snapshot,
} from "@davit/snapshot-storage";
import type { Info, SnapshotLabels, Snapshotter, Usage } from "@davit/snapshots";

type Labelled = CallOptions & { readonly labels?: SnapshotLabels | undefined };

/** Snapshots as full copies: slow and large, and at home on every file system (containerd plugins/snapshots/native). */
export class NativeSnapshotter implements Snapshotter, AsyncDisposable {
  readonly #storage: SnapshotStorage;
  readonly #directories: SnapshotDirectories;
  readonly #meter = new UsageMeter();
  readonly #copier = new OffThread<{ from: string; to: string }, void>(
    new URL("./copy.worker.js", import.meta.url),
  );

  private constructor(root: string) {
    this.#storage = new SnapshotStorage(join(root, "metadata.db"));
    this.#directories = new SnapshotDirectories(join(root, "snapshots"));
  }

  /** @param root made, with mode 0700, when absent. */
  static async open(root: string): Promise<NativeSnapshotter> {
    await mkdir(root, { recursive: true, mode: 0o700 });
    const snapshotter = new NativeSnapshotter(root);
    await snapshotter.#directories.prepare();
    return snapshotter;
  }

  async stat(key: string, _options: CallOptions): Promise<Info> {
    return (await this.#storage.get(key)).info;
  }

  update(
    info: Pick<Info, "name" | "labels">,
    { fieldpaths }: CallOptions & { readonly fieldpaths?: readonly string[] | undefined },
  ): Promise<Info> {
    return this.#storage.update(info, fieldpaths);
  }

  async usage(key: string, _options: CallOptions): Promise<Usage> {
    const { id, kind } = await this.#storage.get(key);
    return kind === "active" ? this.#meter.measure(this.#directories.path(id)) : this.#storage.usage(key);
  }

  async mounts(key: string, _options: CallOptions): Promise<readonly Mount[]> {
    const snapshot = await this.#storage.get(key);
    if (snapshot.kind === "committed")
      throw new Error("failed to get snapshot mount", {
        cause: new FailedPreconditionError(`requested snapshot ${key} not active or view`),
      });
    return this.#mounts(snapshot);
  }

  prepare(key: string, parent: string, options: Labelled): Promise<readonly Mount[]> {
    return this.#create("active", key, parent, options);
  }

  view(key: string, parent: string, options: Labelled): Promise<readonly Mount[]> {
    return this.#create("view", key, parent, options);
  }

  async commit(
    name: string,
    key: string,
    { labels, parent }: Labelled & { readonly parent?: string | undefined },
  ): Promise<void> {
    try {
      const { id, kind, info } = await this.#storage.get(key);
      // A copy made without its parent cannot be given one afterwards; containerd records the parent and loses its files.
      if (parent && info.parent === "")
        throw new NotImplementedError("the native snapshotter does not re-base");
      const usage =
        kind === "active"
          ? await this.#meter.measure(this.#directories.path(id))
          : { sizeBytes: 0n, inodes: 0n };
      await this.#storage.commit(key, name, { labels, parent, usage });
    } catch (cause) {
      throw new Error("failed to commit snapshot", { cause });
    }
  }

  async remove(key: string, _options: CallOptions): Promise<void> {
    await this.#directories.remove(await this.#storage.remove(key));
  }

  list({ filters }: CallOptions & { readonly filters?: readonly string[] | undefined }): AsyncIterable<Info> {
    return this.#storage.list(filters);
  }

  async cleanup({ signal }: CallOptions): Promise<void> {
    await this.#directories.removeGarbage(this.#storage, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#meter[Symbol.asyncDispose]();
    await this.#copier[Symbol.asyncDispose]();
    await this.#directories[Symbol.asyncDispose]();
    await this.#storage[Symbol.asyncDispose]();
  }

  async #create(
    kind: "active" | "view",
    key: string,
    parent: string,
    { labels, signal }: Labelled,
  ): Promise<readonly Mount[]> {
    const register = (place?: (id: string) => Promise<void>) =>
      this.#storage
        .create(kind, { key, parent, labels }, async ({ id }) => place?.(id))
        .catch((cause: unknown) => {
          throw new Error("failed to create snapshot", { cause });
        });
    // A view of a parent is the parent's own directory, read-only.
    if (kind === "view" && parent !== "") return this.#mounts(await register());
    const parentId = parent === "" ? undefined : (await this.#committed(parent))?.id;
    const snapshot = await this.#directories.create(async (directory) => {
      await chmod(directory, 0o755);
      if (parentId !== undefined)
        await this.#copier.ask({ from: this.#directories.path(parentId), to: directory });
      signal?.throwIfAborted();
    }, register);
    return this.#mounts(snapshot);
  }

  /** The parent if it can be copied; what is wrong with it otherwise is told when the record is made. */
  async #committed(parent: string): Promise<Snapshot | undefined> {
    const snapshot = await this.#storage.get(parent).catch(() => undefined);
    return snapshot?.kind === "committed" ? snapshot : undefined;
  }

  #mounts({ id, kind, parentIds }: Pick<Snapshot, "id" | "kind" | "parentIds">): readonly Mount[] {
    const source = this.#directories.path(kind === "view" ? (parentIds[0] ?? id) : id);
    return [{ type: "bind", source, options: ["rbind", kind === "view" ? "ro" : "rw"] }];
  }
}
