import { SnapshotCommitSchema, SnapshotPrepareSchema, SnapshotRemoveSchema } from "@davit/api/events";
import {
  AlreadyExistsError,
  FailedPreconditionError,
  InvalidArgumentError,
  isNotFound,
  NotFoundError,
  NotImplementedError,
  quote,
  UnknownError,
} from "@davit/errdefs";
import { parseFilters } from "@davit/filters";
import { copyLabels, unknownPathOf, updateLabels, validateLabels } from "@davit/labels";
import type { Mount } from "@davit/mount";
import { requireNamespace, type CallOptions } from "@davit/namespaces";
import type { Info, Snapshotter, Usage } from "@davit/snapshots";
import { now } from "@davit/time";
import { prefixOf } from "../db/keys.ts";
import { hasAny, type Reader } from "../db/reader.ts";
import { markDirty } from "../records/dirty.ts";
import { addToLease, removeFromLease, requireLease } from "../records/leased.ts";
import { snapshotTable, type SnapshotRecord } from "../records/snapshot.ts";
import { deleteRecord, dropRecord, getRecord, listRecords, putRecord, type Scope } from "../records/table.ts";
import { publish } from "./context.ts";
import { requireLabelKeys, sentLabels } from "./sent-labels.ts";
import {
  adaptorOf,
  inheritedLabels,
  overlayInfo,
  snapshotLock,
  type LabelOptions,
  type SnapshotContext,
} from "./snapshot-context.ts";
import { createSnapshot } from "./snapshot-create.ts";

/** So many snapshots of a list are looked up in the backend at a time. */
const BATCH = 64;

/** Snapshots of one backend, divided into namespaces (reference 02 §7). */
export class LevelSnapshotter implements Snapshotter {
  readonly #context: SnapshotContext;

  constructor(context: SnapshotContext) {
    this.#context = context;
  }

  async stat(key: string, options: CallOptions): Promise<Info> {
    const record = await this.#require(this.#context.database, key, options);
    return overlayInfo(await this.#context.backend.stat(record.backendKey, options), record);
  }

  async update(
    info: Pick<Info, "name" | "labels">,
    options: CallOptions & { readonly fieldpaths?: readonly string[] | undefined },
  ): Promise<Info> {
    const { name } = info;
    const scope = this.#scope(options);
    if (name === "") throw new InvalidArgumentError("");
    const { database, updates, locks, backend } = this.#context;
    using _ = await locks.acquire([snapshotLock(scope, name)], options.signal);
    const current = await this.#require(database, name, options);
    const { fieldpaths = [] } = options;
    const unknown = unknownPathOf(fieldpaths, ["labels", "labels.*"]);
    if (unknown !== undefined)
      throw new InvalidArgumentError(`cannot update ${quote(unknown)} field on snapshot ${quote(name)}`);
    const labels = updateLabels(current.labels, info.labels, fieldpaths);
    const sent = sentLabels(info.labels, fieldpaths);
    validateLabels({ ...labels, ...sent }, "info.Labels");
    requireLabelKeys(sent, "failed to read labels"); // containerd's words
    const inner = { name: current.backendKey, labels: inheritedLabels(labels) };
    const updated = { ...current, labels, updatedAt: now() };
    const backendInfo = await backend.update(inner, { ...options, fieldpaths });
    await updates.update((tx) => putRecord(tx, snapshotTable, scope, name, updated, current));
    return overlayInfo(backendInfo, updated);
  }

  async usage(key: string, options: CallOptions): Promise<Usage> {
    const { backendKey } = await this.#require(this.#context.database, key, options);
    return await this.#context.backend.usage(backendKey, options);
  }

  async mounts(key: string, options: CallOptions): Promise<readonly Mount[]> {
    const { backendKey } = await this.#require(this.#context.database, key, options);
    return await this.#context.backend.mounts(backendKey, options);
  }

  async prepare(key: string, parent: string, options: CallOptions & LabelOptions): Promise<readonly Mount[]> {
    const mounts = await createSnapshot(this.#context, "prepare", key, parent, options);
    const { snapshotter } = this.#context;
    const event = { key, parent, snapshotter };
    await publish(this.#context, options.namespace, "/snapshot/prepare", SnapshotPrepareSchema, event);
    return mounts;
  }

  view(key: string, parent: string, options: CallOptions & LabelOptions): Promise<readonly Mount[]> {
    return createSnapshot(this.#context, "view", key, parent, options);
  }

  async commit(
    name: string,
    key: string,
    options: CallOptions & LabelOptions & { readonly parent?: string | undefined },
  ): Promise<void> {
    const scope = this.#scope(options);
    const { locks, snapshotter } = this.#context;
    validateLabels(options.labels ?? {}, "info.Labels");
    if (name === "") throw new UnknownError("bucket name required");
    // The parent too, which has no child yet to keep it.
    const names = options.parent ? [name, key, options.parent] : [name, key];
    using _ = await locks.acquire(
      names.map((each) => snapshotLock(scope, each)),
      options.signal,
    );
    await this.#refuseExisting(scope, name, options);
    await this.#commit(scope, name, key, options);
    const event = { key, name, snapshotter };
    await publish(this.#context, options.namespace, "/snapshot/commit", SnapshotCommitSchema, event);
  }

  async #refuseExisting(scope: Scope, name: string, options: CallOptions): Promise<void> {
    const { database, updates, snapshotter } = this.#context;
    await requireLease(database, options);
    if ((await getRecord(database, snapshotTable, scope, name)) === undefined) return;
    await updates.update((tx) => addToLease(tx, options, `snapshots/${snapshotter}`, name));
    throw new AlreadyExistsError(`snapshot ${quote(name)}`);
  }

  async #commit(
    scope: Scope,
    name: string,
    key: string,
    options: CallOptions & LabelOptions & { readonly parent?: string | undefined },
  ): Promise<void> {
    const { database, updates, backend, keys, snapshotter } = this.#context;
    const active = await this.#require(database, key, options);
    // A parent that the active one has counts; the option is for one that has none.
    const parent = active.parent || (options.parent ?? "");
    const base = parent === "" ? undefined : await requireParent(database, scope, parent);
    const rebase = active.parent === "" ? base?.backendKey : undefined;
    requireLabelKeys(options.labels ?? {});
    const labels = copyLabels(options.labels ?? {});
    const backendKey = await keys.next(scope[0], name);
    options.signal?.throwIfAborted();
    await backend.commit(backendKey, active.backendKey, {
      ...options,
      labels: inheritedLabels(labels),
      parent: rebase,
    });
    const createdAt = now();
    const committed = { key: name, backendKey, parent, createdAt, updatedAt: createdAt, labels };
    await updates.update(async (tx) => {
      dropRecord(tx, snapshotTable, scope, key, active);
      await putRecord(tx, snapshotTable, scope, name, committed);
      removeFromLease(tx, options, `snapshots/${snapshotter}`, key);
      await addToLease(tx, options, `snapshots/${snapshotter}`, name);
    });
  }

  /** Removes the record. The backend's snapshot stays until a collection finds that nothing refers to it. */
  async remove(key: string, options: CallOptions): Promise<void> {
    const scope = this.#scope(options);
    const { updates, locks, snapshotter } = this.#context;
    using _ = await locks.acquire([snapshotLock(scope, key)], options.signal);
    await updates.update(async (tx) => {
      const record = await this.#require(tx, key, options);
      if (await hasAny(tx, prefixOf("child", ...scope, key)))
        throw new FailedPreconditionError("cannot remove snapshot with child");
      deleteRecord(tx, snapshotTable, scope, key, record);
      removeFromLease(tx, options, `snapshots/${snapshotter}`, key);
      markDirty(tx, "snapshots", snapshotter);
    }, options.signal);
    const event = { key, snapshotter };
    await publish(this.#context, options.namespace, "/snapshot/remove", SnapshotRemoveSchema, event);
  }

  async *list(
    options: CallOptions & { readonly filters?: readonly string[] | undefined },
  ): AsyncGenerator<Info> {
    const scope = this.#scope(options);
    const matches = parseFilters(options.filters ?? []);
    let batch: SnapshotRecord[] = [];
    const found = async (): Promise<Info[]> => {
      const infos = await Promise.all(batch.map((record) => this.#statOrNone(record, options)));
      batch = [];
      return infos.filter((info) => info !== undefined && matches(adaptorOf(info))) as Info[];
    };
    for await (const record of listRecords(this.#context.database, snapshotTable, scope)) {
      options.signal?.throwIfAborted();
      if (batch.push(record) >= BATCH) yield* await found();
    }
    yield* await found();
  }

  /** A record whose snapshot the backend has lost is left out of lists. */
  async #statOrNone(record: SnapshotRecord, options: CallOptions): Promise<Info | undefined> {
    try {
      return overlayInfo(await this.#context.backend.stat(record.backendKey, options), record);
    } catch (err) {
      if (isNotFound(err)) return undefined;
      throw err;
    }
  }

  /** As in containerd only collections clean up. @throws NotImplementedError always. */
  cleanup(_options: CallOptions): Promise<void> {
    return Promise.reject(new NotImplementedError("snapshotter does not implement Cleanup method"));
  }

  #scope(options: CallOptions): Scope {
    return [requireNamespace(options), this.#context.snapshotter];
  }

  async #require(reader: Reader, key: string, options: CallOptions): Promise<SnapshotRecord> {
    const record = await getRecord(reader, snapshotTable, this.#scope(options), key);
    if (record === undefined) throw new NotFoundError(`snapshot ${key} does not exist`);
    return record;
  }
}

async function requireParent(reader: Reader, scope: Scope, parent: string): Promise<SnapshotRecord> {
  const record = await getRecord(reader, snapshotTable, scope, parent);
  if (record === undefined) throw new NotFoundError(`parent snapshot ${parent} does not exist`);
  return record;
}
