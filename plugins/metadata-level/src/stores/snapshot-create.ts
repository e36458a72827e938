import {
  AlreadyExistsError,
  InvalidArgumentError,
  isAlreadyExists,
  NotFoundError,
  quote,
  UnknownError,
  wireMessage,
} from "@davit/errdefs";
import { copyLabels, LABEL_SNAPSHOT_REF, validateLabels, type Labels } from "@davit/labels";
import type { Mount } from "@davit/mount";
import { requireNamespace, type CallOptions } from "@davit/namespaces";
import type { Info } from "@davit/snapshots";
import { now } from "@davit/time";
import type { Reader } from "../db/reader.ts";
import { addToLease, requireLease } from "../records/leased.ts";
import { snapshotTable, type SnapshotRecord } from "../records/snapshot.ts";
import { getRecord, putRecord, type Scope } from "../records/table.ts";
import { requireLabelKeys } from "./sent-labels.ts";
import {
  inheritedLabels,
  snapshotLock,
  type LabelOptions,
  type SnapshotContext,
} from "./snapshot-context.ts";

interface Creation {
  readonly context: SnapshotContext;
  readonly scope: Scope;
  readonly key: string;
  readonly parent: string;
  /** The parent's key in the backend; "" for none. */
  readonly backendParent: string;
  /** The name that an extraction will have, by which a snapshotter may know that it has the layer already. */
  readonly target: string;
  readonly labels: Labels;
  readonly options: CallOptions;
}

/** Prepare and View (reference 02 §7): the backend first, then the record; without a record the backend's is undone. */
export async function createSnapshot(
  context: SnapshotContext,
  kind: "prepare" | "view",
  key: string,
  parent: string,
  options: CallOptions & LabelOptions,
): Promise<readonly Mount[]> {
  const scope: Scope = [requireNamespace(options), context.snapshotter];
  const sent = options.labels ?? {};
  validateLabels(sent, "info.Labels");
  const labels = copyLabels(sent);
  if (key === "") throw new UnknownError("bucket name required");
  const target = labels[LABEL_SNAPSHOT_REF] ?? "";
  const names = target === "" ? [key] : [key, target];
  using _ = await context.locks.acquire(
    names.map((name) => snapshotLock(scope, name)),
    options.signal,
  );
  await refuseExisting(context, scope, names, options);
  const backendParent = await backendKeyOf(context.database, scope, parent);
  requireLabelKeys(sent);
  const creation = { context, scope, key, parent, backendParent, target, labels, options };
  const backendKey = await context.keys.next(scope[0], key);
  options.signal?.throwIfAborted();
  let mounts: readonly Mount[];
  try {
    const inherited = { ...options, labels: inheritedLabels(labels) };
    mounts = await context.backend[kind](backendKey, backendParent, inherited);
  } catch (err) {
    if (isAlreadyExists(err)) return await adoptTarget(creation, err);
    throw err;
  }
  await recordOrUndo(creation, backendKey);
  return mounts;
}

/** What is there already is leased: first the target, then the key. */
async function refuseExisting(
  { database, updates, snapshotter }: SnapshotContext,
  scope: Scope,
  [key = "", target = ""]: readonly string[],
  options: CallOptions,
): Promise<void> {
  await requireLease(database, options);
  for (const name of [target, key]) {
    if (name === "" || (await getRecord(database, snapshotTable, scope, name)) === undefined) continue;
    await updates.update((tx) => addToLease(tx, options, `snapshots/${snapshotter}`, name));
    throw new AlreadyExistsError(`${name === target ? "target snapshot" : "snapshot"} ${quote(name)}`);
  }
}

/** @throws NotFoundError `parent snapshot x does not exist`. */
async function backendKeyOf(reader: Reader, scope: Scope, parent: string): Promise<string> {
  if (parent === "") return "";
  const record = await getRecord(reader, snapshotTable, scope, parent);
  if (record === undefined) throw new NotFoundError(`parent snapshot ${parent} does not exist`);
  return record.backendKey;
}

async function recordOrUndo(creation: Creation, backendKey: string): Promise<void> {
  const { context, scope, key, parent, labels } = creation;
  await using undo = new AsyncDisposableStack();
  // Whatever became of the caller, what it has no record of must go.
  undo.defer(() => context.backend.remove(backendKey, { namespace: scope[0] }));
  const createdAt = now();
  await record(creation, { key, backendKey, parent, createdAt, updatedAt: createdAt, labels });
  undo.move();
}

/** Writes the record of what the backend has; the parent may have gone since. */
async function record(
  { context, scope, parent, backendParent, target, options }: Creation,
  snapshot: SnapshotRecord,
): Promise<void> {
  await context.updates.update(async (tx) => {
    if ((await backendKeyOf(tx, scope, parent)) !== backendParent)
      throw new InvalidArgumentError(`mismatched parent ${parent} from target ${target}`);
    await addToLease(tx, options, `snapshots/${context.snapshotter}`, snapshot.key);
    await putRecord(tx, snapshotTable, scope, snapshot.key, snapshot);
  });
}

/**
 * The protocol of remote snapshots: a backend that answers "already exists" has a committed snapshot of the layer. It gets
 * a record under the name that the extraction would have given it, and the caller learns that nothing is left to do.
 */
async function adoptTarget(creation: Creation, cause: unknown): Promise<never> {
  const { target, parent, labels } = creation;
  if (target === "")
    throw new UnknownError(`unexpected error from snapshotter: ${wireMessage(cause)}`, { bare: true });
  const { name, createdAt, updatedAt, labels: theirs } = await findTarget(creation);
  await record(creation, {
    key: target,
    backendKey: name,
    parent,
    createdAt,
    updatedAt,
    labels: { ...theirs, ...labels },
  });
  throw new AlreadyExistsError(`target snapshot ${quote(target)} from snapshotter`);
}

async function findTarget({ context, target, backendParent, options }: Creation): Promise<Info> {
  const filter = `labels.${quote(LABEL_SNAPSHOT_REF)}==${quote(target)},parent==${quote(backendParent)}`;
  const { namespace, signal } = options;
  for await (const info of context.backend.list({ namespace, signal, filters: [filter] }))
    // A backend need not respect the filter.
    if (
      info.kind === "committed" &&
      info.labels[LABEL_SNAPSHOT_REF] === target &&
      info.parent === backendParent
    )
      return info;
  throw new NotFoundError(`target snapshot ${quote(target)} in backend`);
}
