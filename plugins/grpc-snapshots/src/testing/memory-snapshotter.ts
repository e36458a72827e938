import {
  AlreadyExistsError,
  FailedPreconditionError,
  InvalidArgumentError,
  NotFoundError,
  quote,
} from "@davit/errdefs";
import { fieldAdaptor, parseFilters } from "@davit/filters";
import { unknownPathOf, updateLabels } from "@davit/labels";
import type { Mount } from "@davit/mount";
import { requireNamespace, type CallOptions } from "@davit/namespaces";
import type { Info, Kind, SnapshotLabels, Snapshotter, Usage } from "@davit/snapshots";
import { now } from "@davit/time";

type Create = CallOptions & { readonly labels?: SnapshotLabels | undefined };

/** Records of snapshots, without file systems; like the snapshotters behind metadata it wants a namespace. */
export class MemorySnapshotter implements Snapshotter, AsyncDisposable {
  readonly #infos = new Map<string, Info>();

  async stat(key: string, options: CallOptions): Promise<Info> {
    requireNamespace(options);
    const info = this.#infos.get(key);
    if (info === undefined) throw new NotFoundError(`snapshot ${key} does not exist`);
    return info;
  }

  async update(
    { name, labels }: Pick<Info, "name" | "labels">,
    options: CallOptions & { readonly fieldpaths?: readonly string[] | undefined },
  ): Promise<Info> {
    const info = await this.stat(name, options);
    const unknown = unknownPathOf(options.fieldpaths ?? [], ["labels", "labels.*"]);
    if (unknown !== undefined)
      throw new InvalidArgumentError(`cannot update ${quote(unknown)} field on snapshot ${quote(name)}`);
    const updated = {
      ...info,
      labels: updateLabels(info.labels, labels, options.fieldpaths),
      updatedAt: now(),
    };
    this.#infos.set(name, updated);
    return updated;
  }

  async usage(key: string, options: CallOptions): Promise<Usage> {
    const { kind } = await this.stat(key, options);
    return kind === "view" ? { sizeBytes: 0n, inodes: 0n } : { sizeBytes: 4096n, inodes: 1n };
  }

  async mounts(key: string, options: CallOptions): Promise<readonly Mount[]> {
    const { kind } = await this.stat(key, options);
    if (kind === "committed")
      throw new FailedPreconditionError(`requested snapshot ${key} not active or view`);
    return mountsOf(key, kind);
  }

  prepare(key: string, parent: string, options: Create): Promise<readonly Mount[]> {
    return this.#create(key, parent, "active", options);
  }

  view(key: string, parent: string, options: Create): Promise<readonly Mount[]> {
    return this.#create(key, parent, "view", options);
  }

  async commit(
    name: string,
    key: string,
    options: Create & { readonly parent?: string | undefined },
  ): Promise<void> {
    if (this.#infos.has(name)) throw new AlreadyExistsError(`snapshot ${quote(name)}`);
    const { kind, parent } = await this.stat(key, options);
    if (kind !== "active") throw new FailedPreconditionError(`snapshot ${quote(key)} is not active`);
    await this.#checkParent(options.parent ?? "", options);
    this.#infos.delete(key);
    this.#add(name, parent || (options.parent ?? ""), "committed", options);
  }

  async remove(key: string, options: CallOptions): Promise<void> {
    await this.stat(key, options);
    if ([...this.#infos.values()].some(({ parent }) => parent === key))
      throw new FailedPreconditionError("cannot remove snapshot with child");
    this.#infos.delete(key);
  }

  async *list(
    options: CallOptions & { readonly filters?: readonly string[] | undefined },
  ): AsyncGenerator<Info> {
    requireNamespace(options);
    const matches = parseFilters(options.filters ?? []);
    for (const [, info] of [...this.#infos].toSorted(([a], [b]) =>
      Buffer.compare(Buffer.from(a), Buffer.from(b)),
    ))
      if (
        matches(fieldAdaptor({ name: info.name, parent: info.parent, kind: info.kind, labels: info.labels }))
      )
        yield info;
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #create(key: string, parent: string, kind: Kind, options: Create): Promise<readonly Mount[]> {
    requireNamespace(options);
    if (this.#infos.has(key)) throw new AlreadyExistsError(`snapshot ${quote(key)}`);
    await this.#checkParent(parent, options);
    this.#add(key, parent, kind, options);
    return mountsOf(key, kind);
  }

  async #checkParent(parent: string, options: CallOptions): Promise<void> {
    if (parent !== "" && (await this.stat(parent, options)).kind !== "committed")
      throw new InvalidArgumentError(`parent ${quote(parent)} is not committed snapshot`);
  }

  #add(name: string, parent: string, kind: Kind, { labels = {} }: Create): void {
    const createdAt = now();
    this.#infos.set(name, { name, parent, kind, labels: { ...labels }, createdAt, updatedAt: createdAt });
  }
}

const mountsOf = (key: string, kind: Kind): readonly Mount[] => [
  { type: "bind", source: `/memory/${key}`, target: "", options: [kind === "view" ? "ro" : "rw", "rbind"] },
];
