import {
  AlreadyExistsError,
  FailedPreconditionError,
  InvalidArgumentError,
  NotFoundError,
  quote,
} from "@davit/errdefs";
import { fieldAdaptor, parseFilters } from "@davit/filters";
import { copyLabels, updateLabels, type Labels } from "@davit/labels";
import type { Mount } from "@davit/mount";
import type { CallOptions } from "@davit/namespaces";
import type { Info, Kind, Snapshotter, Usage } from "@davit/snapshots";
import { now } from "@davit/time";

/** A snapshotter without files. */
export class MemorySnapshotter implements Snapshotter {
  readonly #infos = new Map<string, Info>();
  /** What the next call throws, instead of doing anything. */
  failure: Error | undefined;
  /** What is done before a call. */
  before: (() => Promise<void>) | undefined;

  /** Keys of all there are. */
  get keys(): string[] {
    return [...this.#infos.keys()].toSorted();
  }

  async stat(key: string): Promise<Info> {
    return this.#need(key);
  }

  async update(
    { name, labels }: Pick<Info, "name" | "labels">,
    { fieldpaths }: CallOptions & { readonly fieldpaths?: readonly string[] | undefined },
  ): Promise<Info> {
    const info = this.#need(name);
    const updated = { ...info, labels: updateLabels(info.labels, labels, fieldpaths), updatedAt: now() };
    this.#infos.set(name, updated);
    return updated;
  }

  async usage(key: string): Promise<Usage> {
    const view = this.#need(key).kind === "view";
    return view ? { sizeBytes: 0n, inodes: 0n } : { sizeBytes: 4096n, inodes: 1n };
  }

  async mounts(key: string): Promise<readonly Mount[]> {
    const { kind } = this.#need(key);
    if (kind === "committed")
      throw new FailedPreconditionError(`requested snapshot ${key} not active or view`);
    return mountsOf(key, kind);
  }

  prepare(
    key: string,
    parent: string,
    options: { readonly labels?: Labels | undefined },
  ): Promise<readonly Mount[]> {
    return this.#create("active", key, parent, options.labels ?? {});
  }

  view(
    key: string,
    parent: string,
    options: { readonly labels?: Labels | undefined },
  ): Promise<readonly Mount[]> {
    return this.#create("view", key, parent, options.labels ?? {});
  }

  async #create(kind: Kind, key: string, parent: string, labels: Labels): Promise<readonly Mount[]> {
    await this.#interrupt();
    if (this.#infos.has(key)) throw new AlreadyExistsError(`snapshot ${key}`);
    if (parent !== "" && this.#need(parent).kind !== "committed")
      throw new InvalidArgumentError(`parent ${quote(parent)} is not committed snapshot`);
    this.add({ name: key, parent, kind, labels });
    return mountsOf(key, kind);
  }

  /** Puts a snapshot there, as if it had always been. */
  add({ name, parent, kind, labels }: Pick<Info, "name" | "parent" | "kind" | "labels">): void {
    const createdAt = now();
    this.#infos.set(name, {
      name,
      parent,
      kind,
      labels: copyLabels(labels),
      createdAt,
      updatedAt: createdAt,
    });
  }

  async commit(
    name: string,
    key: string,
    { labels = {}, parent }: { readonly labels?: Labels | undefined; readonly parent?: string | undefined },
  ): Promise<void> {
    await this.#interrupt();
    const active = this.#need(key);
    if (active.kind !== "active") throw new FailedPreconditionError(`snapshot ${quote(key)} is not active`);
    if (this.#infos.has(name)) throw new AlreadyExistsError(`committed snapshot ${name}`);
    this.#infos.delete(key);
    this.add({ name, parent: parent ?? active.parent, kind: "committed", labels });
  }

  async remove(key: string): Promise<void> {
    this.#need(key);
    if ([...this.#infos.values()].some(({ parent }) => parent === key))
      throw new FailedPreconditionError("cannot remove snapshot with child");
    this.#infos.delete(key);
  }

  async *list({ filters = [] }: { readonly filters?: readonly string[] | undefined }): AsyncGenerator<Info> {
    const matches = parseFilters(filters);
    for (const key of this.keys) {
      const info = this.#need(key);
      const { name, parent, kind, labels } = info;
      if (
        matches(
          (path) => fieldAdaptor({ name, kind, labels })(path) ?? (path[0] === "parent" ? parent : undefined),
        )
      )
        yield info;
    }
  }

  async #interrupt(): Promise<void> {
    await this.before?.();
    const { failure } = this;
    this.failure = undefined;
    if (failure !== undefined) throw failure;
  }

  #need(key: string): Info {
    const info = this.#infos.get(key);
    if (info === undefined) throw new NotFoundError(`snapshot ${key}`);
    return info;
  }
}

const mountsOf = (key: string, kind: Kind): readonly Mount[] => [
  { type: "bind", source: `/memory/${key}`, target: "", options: [kind === "view" ? "ro" : "rw", "rbind"] },
];
