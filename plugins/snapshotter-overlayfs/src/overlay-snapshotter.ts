import { chmod, chown, lstat, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Mount } from "@davit/mount";
import type { CallOptions } from "@davit/namespaces";
import { SnapshotDirectories, SnapshotStorage, UsageMeter, type Snapshot } from "@davit/snapshot-storage";
import {
  SNAPSHOT_LABELS,
  type Info,
  type SnapshotLabels,
  type Snapshotter,
  type Usage,
} from "@davit/snapshots";
import { FailedPreconditionError, isNotFound } from "@davit/errdefs";
import { mountsOf, upperOf, workOf } from "./mounts.ts";
import { defaultOptions } from "./support.ts";

export interface OverlayOptions {
  /** Options behind the directories in every overlay mount. */
  readonly mountOptions?: readonly string[];
  /** Remove a snapshot's files with its record, not at the next cleanup. */
  readonly syncRemove?: boolean;
  /** Tell the upper directory in the label `containerd.io/snapshot/overlay.upperdir`. */
  readonly upperdirLabel?: boolean;
}

type Labelled = CallOptions & { readonly labels?: SnapshotLabels | undefined };

/** Snapshots as directories that overlayfs lays upon each other (containerd plugins/snapshots/overlay; reference 03 §2.1). */
export class OverlaySnapshotter implements Snapshotter, AsyncDisposable {
  readonly #storage: SnapshotStorage;
  readonly #directories: SnapshotDirectories;
  readonly #meter = new UsageMeter();
  readonly #mountOptions: readonly string[];
  readonly #syncRemove: boolean;
  readonly #upperdirLabel: boolean;

  private constructor(
    root: string,
    { mountOptions = [], syncRemove = false, upperdirLabel = false }: OverlayOptions,
  ) {
    this.#storage = new SnapshotStorage(join(root, "metadata.db"));
    this.#directories = new SnapshotDirectories(join(root, "snapshots"));
    this.#mountOptions = defaultOptions(mountOptions);
    this.#syncRemove = syncRemove;
    this.#upperdirLabel = upperdirLabel;
  }

  /** @param root made, with mode 0700, when absent. */
  static async open(root: string, options: OverlayOptions = {}): Promise<OverlaySnapshotter> {
    await mkdir(root, { recursive: true, mode: 0o700 });
    const snapshotter = new OverlaySnapshotter(root, options);
    await snapshotter.#directories.prepare();
    return snapshotter;
  }

  async stat(key: string, _options?: CallOptions): Promise<Info> {
    return this.#labelled(await this.#storage.get(key));
  }

  async update(
    info: Pick<Info, "name" | "labels">,
    { fieldpaths }: CallOptions & { readonly fieldpaths?: readonly string[] | undefined },
  ): Promise<Info> {
    await this.#storage.update(info, fieldpaths);
    return this.#labelled(await this.#storage.get(info.name));
  }

  async usage(key: string, _options: CallOptions): Promise<Usage> {
    const { id, kind } = await this.#storage.get(key);
    return kind === "active" ? this.#measure(id) : this.#storage.usage(key);
  }

  async mounts(key: string, _options: CallOptions): Promise<readonly Mount[]> {
    const snapshot = await this.#storage.get(key);
    if (snapshot.kind === "committed")
      throw new Error("failed to get active mount", {
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
      const { id, kind } = await this.#storage.get(key);
      const usage = kind === "active" ? await this.#measure(id) : { sizeBytes: 0n, inodes: 0n };
      await this.#storage.commit(key, name, { labels, parent, usage });
    } catch (cause) {
      throw new Error(`failed to commit snapshot ${key}`, { cause });
    }
  }

  async remove(key: string, _options: CallOptions): Promise<void> {
    const id = await this.#storage.remove(key);
    if (this.#syncRemove) await this.#directories.remove(id);
  }

  async *list({
    filters,
  }: CallOptions & { readonly filters?: readonly string[] | undefined }): AsyncIterable<Info> {
    for await (const info of this.#storage.list(filters)) {
      const listed = this.#upperdirLabel ? await this.stat(info.name).catch(ignoreNotFound) : info;
      if (listed !== undefined) yield listed;
    }
  }

  async cleanup({ signal }: CallOptions): Promise<void> {
    await this.#directories.removeGarbage(this.#storage, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#meter[Symbol.asyncDispose]();
    await this.#directories[Symbol.asyncDispose]();
    await this.#storage[Symbol.asyncDispose]();
  }

  async #create(
    kind: "active" | "view",
    key: string,
    parent: string,
    { labels }: Labelled,
  ): Promise<readonly Mount[]> {
    const snapshot = await this.#directories
      .create(
        async (directory) => {
          await makeDirectory(upperOf(directory), 0o755);
          if (kind === "active") await makeDirectory(workOf(directory), 0o711);
        },
        (place) =>
          this.#storage.create(kind, { key, parent, labels }, async ({ id, parentIds }) => {
            await place(id);
            await this.#own(id, parentIds[0], labels);
          }),
      )
      .catch((cause: unknown) => {
        throw new Error("failed to create snapshot", { cause });
      });
    return this.#mounts(snapshot);
  }

  /** The root of the layer belongs to whom the labels' id maps make root, else to whom the parent's does. */
  async #own(id: string, parentId: string | undefined, labels: SnapshotLabels = {}): Promise<void> {
    const mapped = [SNAPSHOT_LABELS.uidMapping, SNAPSHOT_LABELS.gidMapping].map((key) =>
      mappedRoot(labels[key]),
    );
    let [uid, gid] = mapped;
    if (uid === undefined && gid === undefined) {
      if (parentId === undefined) return;
      ({ uid, gid } = await lstat(upperOf(this.#directories.path(parentId))));
    }
    await chown(upperOf(this.#directories.path(id)), uid ?? 0, gid ?? 0);
  }

  #mounts({ id, kind, parentIds }: Pick<Snapshot, "id" | "kind" | "parentIds">): readonly Mount[] {
    const parents = parentIds.map((parent) => this.#directories.path(parent));
    return mountsOf({ kind, directory: this.#directories.path(id), parents }, this.#mountOptions);
  }

  #measure(id: string): Promise<Usage> {
    return this.#meter.measure(upperOf(this.#directories.path(id)));
  }

  #labelled({ id, info }: Snapshot): Info {
    if (!this.#upperdirLabel) return info;
    return {
      ...info,
      labels: { ...info.labels, [SNAPSHOT_LABELS.upperdir]: upperOf(this.#directories.path(id)) },
    };
  }
}

/** A container's root must be open to its users, whatever the umask of the daemon. */
async function makeDirectory(path: string, mode: number): Promise<void> {
  await mkdir(path);
  await chmod(path, mode);
}

/** The host id of container id 0 in a map `container:host:size[,…]`. */
function mappedRoot(map: string | undefined): number | undefined {
  for (const entry of map?.split(",") ?? []) {
    const [container, host] = entry.split(":").map(Number);
    if (container === 0 && host !== undefined && Number.isInteger(host)) return host;
  }
  return undefined;
}

/** One that was removed while the others are listed is left out. */
function ignoreNotFound(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
}
