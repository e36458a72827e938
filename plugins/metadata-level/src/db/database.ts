import { realpathSync } from "node:fs";
import { readdir, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { FailedPreconditionError, ResourceExhaustedError, UnavailableError } from "@davit/errdefs";
import { Level } from "level";
import { isCorruption, isLocked, storageError } from "./errors.ts";
import { endOf } from "./keys.ts";
import { damaged, ensureDatabase, inUse, removeUnfinished } from "./location.ts";
import type { Entry, Reader } from "./reader.ts";
import { SCHEMA_KEY, SCHEMA_VERSION } from "./schema.ts";

/** What a batch does to a key: a value to put, undefined to delete. */
export type Changes = ReadonlyMap<string, string | undefined>;

type Snapshot = ReturnType<Level["snapshot"]>;

export interface DatabaseOptions {
  /** Leaves the syncing of writes to the kernel: faster, and a crash of the machine may lose what was acknowledged. */
  readonly noSync?: boolean | undefined;
}

/** Databases that are open in this process. LevelDB's lock keeps other processes out, but not a second opener here. */
const open = new Set<string>();

/** Room beside the log that LevelDB needs to start again. */
const REOPEN_BYTES = 1_048_576;

/** The LevelDB of the metadata: reads from snapshots, atomic batches. One caller at a time may write. */
export class Database implements Reader, AsyncDisposable {
  /** The directory. */
  readonly path: string;
  readonly #db: Level;
  readonly #sync: boolean;
  readonly #id: string;
  /** What the last write failed of: nothing may follow it in LevelDB's log, so the database is opened anew first. */
  #failure: unknown;
  #closed = false;

  private constructor(path: string, id: string, sync: boolean) {
    this.path = path;
    this.#id = id;
    this.#sync = sync;
    // So that a collector of garbage can read along in a worker thread.
    this.#db = new Level(path, { multithreading: true, createIfMissing: false });
  }

  /**
   * Opens the database at `path`; makes it when there is nothing.
   * @throws FailedPreconditionError when another daemon has it open, or when its schema is newer than ours; DataLossError
   *   when it is damaged: then nothing is changed.
   */
  static async open(path: string, { noSync = false }: DatabaseOptions = {}): Promise<Database> {
    await ensureDatabase(path, { checkLogs: !noSync });
    const id = realpathSync(path);
    if (open.has(id)) throw inUse(path);
    open.add(id);
    const database = new Database(path, id, !noSync);
    try {
      await database.#open();
      await removeUnfinished(path);
      return database;
    } catch (err) {
      await database[Symbol.asyncDispose]();
      throw err;
    }
  }

  async #open(): Promise<void> {
    try {
      await this.#db.open();
    } catch (err) {
      if (isLocked(err)) throw inUse(this.path);
      if (isCorruption(err)) throw damaged(this.path, "LevelDB refuses it", err);
      throw storageError(err);
    }
    checkSchema(this.path, await this.get(SCHEMA_KEY));
  }

  get(key: string): Promise<string | undefined> {
    return this.#get(key);
  }

  range(prefix: string): AsyncIterable<Entry> {
    return this.#range(prefix);
  }

  /** Runs `fn` over the database as it is now; later writes are not seen. */
  async read<T>(fn: (reader: Reader) => Promise<T>): Promise<T> {
    const snapshot = this.#snapshot();
    try {
      return await fn({
        get: (key) => this.#get(key, snapshot),
        range: (prefix) => this.#range(prefix, snapshot),
      });
    } finally {
      await snapshot.close();
    }
  }

  #snapshot(): Snapshot {
    try {
      return this.#db.snapshot();
    } catch (err) {
      throw storageError(err);
    }
  }

  async #get(key: string, snapshot?: Snapshot): Promise<string | undefined> {
    try {
      return await this.#db.get<string, string | undefined>(key, { snapshot });
    } catch (err) {
      throw storageError(err);
    }
  }

  async *#range(prefix: string, snapshot?: Snapshot): AsyncGenerator<Entry> {
    try {
      yield* this.#db.iterator({ gte: prefix, lt: endOf(prefix), snapshot });
    } catch (err) {
      throw storageError(err);
    }
  }

  /**
   * Writes all changes or none; they are on the disk when the promise resolves.
   * @throws ResourceExhaustedError when the disk is full, UnavailableError otherwise. It is then not known whether they will
   *   be there after a restart.
   */
  async write(changes: Changes): Promise<void> {
    if (this.#closed) throw new UnavailableError("metadata database is closed");
    if (this.#failure !== undefined) await this.#recover();
    const operations = Array.from(changes, ([key, value]) =>
      value === undefined ? { type: "del" as const, key } : { type: "put" as const, key, value },
    );
    try {
      await this.#db.batch(operations, { sync: this.#sync });
    } catch (err) {
      this.#failure = err;
      throw storageError(err);
    }
  }

  /** Starts LevelDB anew, which cuts off the record that failed. Reads go on until then, and are refused for that moment. */
  async #recover(): Promise<void> {
    if (this.#db.status === "open") {
      await this.#checkSpace();
      await this.#db.close();
    }
    await this.#open();
    this.#failure = undefined;
  }

  async #checkSpace(): Promise<void> {
    let needed = REOPEN_BYTES;
    for (const file of await readdir(this.path))
      if (file.endsWith(".log")) needed += (await stat(join(this.path, file))).size;
    const { bavail, bsize } = await statfs(this.path);
    if (bavail * bsize < needed)
      throw new ResourceExhaustedError("metadata database: no space left on device", { cause: undefined });
  }

  /** Ends pending reads and writes, and lets go of the files. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#db.close();
    open.delete(this.#id);
  }
}

function checkSchema(path: string, version: string | undefined): void {
  if (version === undefined || !/^\d+$/.test(version))
    throw damaged(path, "the version of its schema is missing");
  if (Number(version) <= SCHEMA_VERSION) return;
  throw new FailedPreconditionError(
    `metadata database ${path} has schema ${version}, and this version of Davit knows only schema ${SCHEMA_VERSION}: use the newer one that wrote it`,
    { bare: true },
  );
}
