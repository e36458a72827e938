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
import { Database, type Operation, type Reader } from "./database.ts";
import {
  childKey,
  childrenOf,
  decode,
  encode,
  notFound,
  sequenceKey,
  snapshotKey,
  SNAPSHOTS,
  type Record as StoredRecord,
} from "./records.ts";

type Labels = Readonly<Record<string, string>>;

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
  readonly #database: Database;
  /** The last id given. A change that fails gives its id to nobody else: its directory may still be being removed. */
  #lastId = 0;
  #tail: Promise<unknown> = Promise.resolve();

  /** @param path the database's directory. It is opened, and made, with the first call. */
  constructor(path: string) {
    this.#database = new Database(path);
  }

  /** @throws NotFoundError. */
  get(key: string): Promise<Snapshot> {
    return this.#database.read(async (reader) => {
      const record = await recordOf(reader, key);
      if (record === undefined) throw notFound(key);
      const parentIds = await this.#ancestors(reader, record.parent);
      return { id: record.id, kind: record.kind, parentIds, info: infoOf(key, record) };
    });
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
    const db = await this.#database.level();
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
    return this.#exclusive(async () => {
      const ids = new Set<string>();
      for await (const text of (await this.#database.level()).values(SNAPSHOTS)) ids.add(decode(text).id);
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
    return this.#exclusive(async () => {
      if ((await this.#record(key)) !== undefined) throw new AlreadyExistsError(`snapshot ${key}`);
      const parentIds = parent === "" ? [] : await this.#lineage(parent);
      const id = await this.#nextId();
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
      await this.#database.write([
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
    await this.#exclusive(async () => {
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
      await this.#database.write([
        del(snapshotKey(key)),
        put(snapshotKey(name), encode(committed)),
        ...(base === "" ? [] : [del(childKey(base, key)), put(childKey(base, name), "")]),
      ]);
    });
  }

  /**
   * Removes a snapshot's record.
   * @returns its id, whose files are garbage now.
   * @throws NotFoundError; FailedPreconditionError while it has children.
   */
  async remove(key: string): Promise<string> {
    return this.#exclusive(async () => {
      const record = await this.#record(key);
      if (record === undefined) throw notFound(key);
      const db = await this.#database.level();
      const [child] = await db.keys({ ...childrenOf(key), limit: 1 }).all();
      if (child !== undefined) throw new FailedPreconditionError("cannot remove snapshot with child");
      const unlink = record.parent === "" ? [] : [del(childKey(record.parent, key))];
      await this.#database.write([del(snapshotKey(key)), ...unlink]);
      return record.id;
    });
  }

  /** Changes labels. @throws NotFoundError; InvalidArgumentError for other fields. */
  async update(
    { name, labels }: { name: string; labels: Labels },
    fieldpaths?: readonly string[],
  ): Promise<Info> {
    return this.#exclusive(async () => {
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
      await this.#database.write([put(snapshotKey(name), encode(updated))]);
      return infoOf(name, updated);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tail.catch(() => undefined);
    await this.#database[Symbol.asyncDispose]();
  }

  #record(key: string): Promise<StoredRecord | undefined> {
    return recordOf(this.#database, key);
  }

  async #nextId(): Promise<string> {
    const stored = Number((await this.#database.get(sequenceKey)) ?? 0);
    this.#lastId = Math.max(stored, this.#lastId) + 1;
    return String(this.#lastId);
  }

  /** Ids of a parent and its ancestors. */
  async #lineage(parent: string): Promise<readonly string[]> {
    const record = await this.#record(parent);
    if (record === undefined) throw new NotFoundError(`missing parent "${parent}" bucket`);
    if (record.kind !== "committed")
      throw new InvalidArgumentError(`parent "${parent}" is not committed snapshot`);
    return this.#database.read((reader) => this.#ancestors(reader, parent));
  }

  /** Ids of the snapshot of that name and those below it; none for "". */
  async #ancestors(reader: Reader, name: string): Promise<string[]> {
    const ids: string[] = [];
    while (name !== "") {
      const ancestor = await recordOf(reader, name);
      if (ancestor === undefined)
        throw new Error(`the records of ${this.#database.path} are damaged: parent "${name}" is missing`);
      ids.push(ancestor.id);
      name = ancestor.parent;
    }
    return ids;
  }

  async #mustBeCommitted(parent: string): Promise<void> {
    const record = await this.#record(parent);
    if (record === undefined) throw new NotFoundError(`parent snapshot ${parent} does not exist`);
    if (record.kind !== "committed") throw new FailedPreconditionError(`parent "${parent}" is not committed`);
  }

  /** Runs changes one after another, whatever becomes of those before. */
  #exclusive<T>(fn: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(fn);
    this.#tail = result.catch(() => undefined);
    return result;
  }
}

const NOTHING: Usage = { sizeBytes: 0n, inodes: 0n };

const put = (key: string, value: string): Operation => ({ type: "put", key, value });
const del = (key: string): Operation => ({ type: "del", key });

async function recordOf(reader: Reader, key: string): Promise<StoredRecord | undefined> {
  const text = await reader.get(snapshotKey(key));
  return text === undefined ? undefined : decode(text);
}

function infoOf(name: string, { parent, kind, createdAt, updatedAt, labels }: StoredRecord): Info {
  return { name, parent, kind, createdAt, updatedAt, labels };
}
