import {
  AlreadyExistsError,
  FailedPreconditionError,
  InvalidArgumentError,
  NotFoundError,
} from "@davit/errdefs";
import { fieldAdaptor, parseFilters } from "@davit/filters";
import { copyLabels, unknownPathOf, updateLabels } from "@davit/labels";
import type { Info, Kind, Usage } from "@davit/snapshots";
import { now } from "@davit/time";
import { Level } from "level";
import {
  childKey,
  childrenOf,
  decode,
  encode,
  notFound,
  SCHEMA,
  schemaKey,
  sequenceKey,
  snapshotKey,
  SNAPSHOTS,
  type Record as StoredRecord,
} from "./records.ts";

type Labels = Readonly<Record<string, string>>;
type Operation = { type: "put"; key: string; value: string } | { type: "del"; key: string };

/** A snapshot with the directories it stands on. */
export interface Snapshot {
  readonly id: string;
  readonly kind: Kind;
  /** Ids of its ancestors: first the immediate parent, last the bottom layer. */
  readonly parentIds: readonly string[];
  readonly info: Info;
}

/**
 * The records of a file-based snapshotter in a small LevelDB (containerd core/snapshots/storage). Every change is one
 * synced batch; changes come one after another. What a snapshotter does on disk for a change it does within it, before
 * the record is written: a crash in between leaves files without a record, which are garbage.
 */
export class SnapshotStorage implements AsyncDisposable {
  readonly #path: string;
  #opened: Promise<Level> | undefined;
  #tail: Promise<unknown> = Promise.resolve();

  /** @param path the database's directory. It is opened, and made, with the first call. */
  constructor(path: string) {
    this.#path = path;
  }

  /** @throws NotFoundError. */
  async get(key: string): Promise<Snapshot> {
    const db = await this.#db();
    const record = await this.#record(key);
    if (record === undefined) throw notFound(key);
    const parentIds: string[] = [];
    for (let name = record.parent; name !== "";) {
      const text = await db.get(snapshotKey(name));
      if (text === undefined)
        throw new Error(`the records of ${this.#path} are damaged: parent "${name}" is missing`);
      const ancestor = decode(text);
      parentIds.push(ancestor.id);
      name = ancestor.parent;
    }
    return { id: record.id, kind: record.kind, parentIds, info: infoOf(key, record) };
  }

  /** Usage as stored at the commit. @throws NotFoundError. */
  async usage(key: string): Promise<Usage> {
    const record = await this.#record(key);
    if (record === undefined) throw notFound(key);
    return { sizeBytes: record.sizeBytes, inodes: record.inodes };
  }

  /** Snapshots that match any of the filters, in byte order of their names. @throws InvalidArgumentError for a bad filter. */
  async *list(filters: readonly string[] = []): AsyncIterable<Info> {
    const matches = parseFilters(filters);
    const db = await this.#db();
    for await (const [key, text] of db.iterator(SNAPSHOTS)) {
      const info = infoOf(key.slice(2), decode(text));
      if (
        matches(fieldAdaptor({ name: info.name, parent: info.parent, kind: info.kind, labels: info.labels }))
      )
        yield info;
    }
  }

  /** The ids in use: a directory with another name is garbage. Nothing is created while `fn` runs. */
  async withIds<T>(fn: (ids: ReadonlySet<string>) => Promise<T>): Promise<T> {
    return this.#exclusive(async (db) => {
      const ids = new Set<string>();
      for await (const text of db.values(SNAPSHOTS)) ids.add(decode(text).id);
      return fn(ids);
    });
  }

  /**
   * Makes an active snapshot or a view. `act` does what is to be done on disk under the new id.
   * @throws AlreadyExistsError; NotFoundError, InvalidArgumentError for the parent.
   */
  async create(
    kind: "active" | "view",
    {
      key,
      parent,
      labels = {},
    }: { readonly key: string; readonly parent: string; readonly labels?: Labels | undefined },
    act: (snapshot: Omit<Snapshot, "info">) => Promise<void>,
  ): Promise<Snapshot> {
    if (key === "") throw new InvalidArgumentError("snapshot key must not be empty");
    return this.#exclusive(async (db) => {
      if ((await this.#record(key)) !== undefined) throw new AlreadyExistsError(`snapshot ${key}`);
      const parentIds = parent === "" ? [] : await this.#lineage(parent);
      const id = String(Number((await db.get(sequenceKey)) ?? 0) + 1);
      const at = now();
      const record: StoredRecord = {
        id,
        kind,
        parent,
        labels: copyLabels(labels),
        createdAt: at,
        updatedAt: at,
        ...NOTHING,
      };
      await act({ id, kind, parentIds });
      await write(db, [
        put(sequenceKey, id),
        put(snapshotKey(key), encode(record)),
        ...(parent === "" ? [] : [put(childKey(parent, key), "")]),
      ]);
      return { id, kind, parentIds, info: infoOf(key, record) };
    });
  }

  /**
   * Turns an active snapshot into a committed one; with `parent`, one that has none is re-based onto it.
   * @throws AlreadyExistsError, NotFoundError, FailedPreconditionError, InvalidArgumentError (reference 03 §1).
   */
  async commit(
    key: string,
    name: string,
    {
      labels = {},
      parent = "",
      usage,
    }: { labels?: Labels | undefined; parent?: string | undefined; usage: Usage },
  ): Promise<void> {
    if (name === "") throw new InvalidArgumentError("snapshot name must not be empty");
    await this.#exclusive(async (db) => {
      if ((await this.#record(name)) !== undefined)
        throw new AlreadyExistsError(`committed snapshot ${name}`);
      const record = await this.#record(key);
      if (record === undefined) throw new NotFoundError(`failed to get active snapshot ${key}`);
      if (record.kind !== "active") throw new FailedPreconditionError(`snapshot "${key}" is not active`);
      if (parent !== "" && record.parent === "") await this.#mustBeCommitted(parent);
      else if (parent !== "" && parent !== record.parent)
        throw new InvalidArgumentError(`cannot change parent of active snapshot "${key}" on commit`);
      const base = record.parent === "" ? parent : record.parent;
      const at = now();
      const committed: StoredRecord = {
        ...record,
        ...usage,
        kind: "committed",
        parent: base,
        labels: copyLabels(labels),
        createdAt: at,
        updatedAt: at,
      };
      await write(db, [
        del(snapshotKey(key)),
        put(snapshotKey(name), encode(committed)),
        ...(base === "" ? [] : [del(childKey(base, key)), put(childKey(base, name), "")]),
      ]);
    });
  }

  /**
   * Removes a snapshot's record; `after` frees its files once it is gone.
   * @throws NotFoundError; FailedPreconditionError while it has children.
   */
  async remove(key: string, after?: (id: string) => Promise<void>): Promise<void> {
    await this.#exclusive(async (db) => {
      const record = await this.#record(key);
      if (record === undefined) throw notFound(key);
      const [child] = await db.keys({ ...childrenOf(key), limit: 1 }).all();
      if (child !== undefined) throw new FailedPreconditionError("cannot remove snapshot with child");
      const unlink = record.parent === "" ? [] : [del(childKey(record.parent, key))];
      await write(db, [del(snapshotKey(key)), ...unlink]);
      await after?.(record.id);
    });
  }

  /** Changes labels. @throws NotFoundError; InvalidArgumentError for other fields. */
  async update(
    { name, labels }: { name: string; labels: Labels },
    fieldpaths?: readonly string[],
  ): Promise<Info> {
    return this.#exclusive(async (db) => {
      const record = await this.#record(name);
      if (record === undefined) throw notFound(name);
      const unknown = unknownPathOf(fieldpaths ?? [], ["labels", "labels.*"]);
      if (unknown !== undefined)
        throw new InvalidArgumentError(`cannot update "${unknown}" field on snapshot "${name}"`);
      const updated = {
        ...record,
        labels: updateLabels(record.labels, labels, fieldpaths),
        updatedAt: now(),
      };
      await write(db, [put(snapshotKey(name), encode(updated))]);
      return infoOf(name, updated);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tail.catch(() => undefined);
    const opened = this.#opened;
    this.#opened = Promise.reject(new Error(`the records of ${this.#path} are closed`));
    this.#opened.catch(() => undefined);
    await (await opened?.catch(() => undefined))?.close();
  }

  #db(): Promise<Level> {
    this.#opened ??= open(this.#path);
    return this.#opened;
  }

  async #record(key: string): Promise<StoredRecord | undefined> {
    const text = await (await this.#db()).get(snapshotKey(key));
    return text === undefined ? undefined : decode(text);
  }

  /** Ids of a parent and its ancestors. */
  async #lineage(parent: string): Promise<readonly string[]> {
    const record = await this.#record(parent);
    if (record === undefined) throw new NotFoundError(`missing parent "${parent}" bucket`);
    if (record.kind !== "committed")
      throw new InvalidArgumentError(`parent "${parent}" is not committed snapshot`);
    return [record.id, ...(await this.get(parent)).parentIds];
  }

  async #mustBeCommitted(parent: string): Promise<void> {
    const record = await this.#record(parent);
    if (record === undefined) throw new NotFoundError(`parent snapshot ${parent} does not exist`);
    if (record.kind !== "committed") throw new FailedPreconditionError(`parent "${parent}" is not committed`);
  }

  /** Runs changes one after another, whatever becomes of those before. */
  #exclusive<T>(fn: (db: Level) => Promise<T>): Promise<T> {
    const result = this.#tail.then(async () => fn(await this.#db()));
    this.#tail = result.catch(() => undefined);
    return result;
  }
}

const NOTHING: Usage = { sizeBytes: 0n, inodes: 0n };

const put = (key: string, value: string): Operation => ({ type: "put", key, value });
const del = (key: string): Operation => ({ type: "del", key });
const write = (db: Level, operations: Operation[]): Promise<void> => db.batch(operations, { sync: true });

async function open(path: string): Promise<Level> {
  const db = new Level(path);
  try {
    await db.open();
  } catch (cause) {
    throw new Error(`the snapshot records ${path} cannot be opened`, { cause });
  }
  const schema = await db.get(schemaKey);
  if (schema === undefined) await db.put(schemaKey, SCHEMA, { sync: true });
  else if (schema !== SCHEMA) {
    await db.close();
    throw new FailedPreconditionError(
      `the snapshot records ${path} have schema ${schema}; this version reads ${SCHEMA}`,
    );
  }
  return db;
}

function infoOf(name: string, { parent, kind, createdAt, updatedAt, labels }: StoredRecord): Info {
  return { name, parent, kind, createdAt, updatedAt, labels };
}
