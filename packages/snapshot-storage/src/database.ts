import { readdir, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { FailedPreconditionError, ResourceExhaustedError, UnavailableError } from "@davit/errdefs";
import { Level } from "level";
import { SCHEMA, schemaKey } from "./records.ts";

/** A key to write, or to delete. */
export type Operation = { type: "put"; key: string; value: string } | { type: "del"; key: string };

/** The records as they are at one moment. */
export interface Reader {
  get(key: string): Promise<string | undefined>;
}

/** Room beside the log that LevelDB needs to start again. */
const REOPEN_BYTES = 1_048_576;

/** The LevelDB of a storage, opened and made at its first use. One caller at a time may write. */
export class Database implements AsyncDisposable {
  readonly path: string;
  #opened: Promise<Level> | undefined;
  /** A write failed: nothing may follow its torn record in LevelDB's log, or it would be lost with it at the next start. */
  #torn = false;
  #closed = false;

  constructor(path: string) {
    this.path = path;
  }

  /** LevelDB itself. That it could not be opened is not kept: the next call tries again. */
  level(): Promise<Level> {
    if (this.#closed) return Promise.reject(new UnavailableError(`the records of ${this.path} are closed`));
    return this.#opened ?? this.#open(open(this.path));
  }

  #open(opening: Promise<Level>): Promise<Level> {
    this.#opened = opening;
    opening.catch(() => {
      if (this.#opened === opening) this.#opened = undefined;
    });
    return opening;
  }

  async get(key: string): Promise<string | undefined> {
    return (await this.level()).get(key);
  }

  /** Runs `fn` over the records as they are now. */
  async read<T>(fn: (reader: Reader) => Promise<T>): Promise<T> {
    const db = await this.level();
    const snapshot = db.snapshot();
    try {
      return await fn({ get: (key) => db.get(key, { snapshot }) });
    } finally {
      await snapshot.close();
    }
  }

  /** Writes all or nothing, on the disk when the promise resolves. @throws ResourceExhaustedError when the disk is full. */
  async write(operations: Operation[]): Promise<void> {
    if (this.#torn) await this.#reopen();
    const db = await this.level();
    try {
      await db.batch(operations, { sync: true });
    } catch (error) {
      this.#torn = true;
      throw isDiskFull(error) ? noSpace(this.path, error) : error;
    }
  }

  /** Starts LevelDB anew, which cuts the torn record off. Reads go on until there is room for that. */
  async #reopen(): Promise<void> {
    const db = await this.level();
    let needed = REOPEN_BYTES;
    for (const name of await readdir(this.path))
      if (name.endsWith(".log")) needed += (await stat(join(this.path, name))).size;
    const { bavail, bsize } = await statfs(this.path);
    if (bavail * bsize < needed) throw noSpace(this.path);
    await this.#open(db.close().then(() => open(this.path)));
    this.#torn = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const opened = this.#opened;
    this.#opened = undefined;
    await (await opened?.catch(() => undefined))?.close();
  }
}

async function open(path: string): Promise<Level> {
  const db = new Level(path);
  try {
    await db.open();
    const schema = await db.get(schemaKey);
    if (schema === undefined) await db.put(schemaKey, SCHEMA, { sync: true });
    else if (schema !== SCHEMA)
      throw new FailedPreconditionError(`it has schema ${schema}; this version reads ${SCHEMA}`, {
        bare: true,
      });
    return db;
  } catch (cause) {
    await db.close();
    if (isDiskFull(cause)) throw noSpace(path, cause);
    throw new Error(`the snapshot records ${path} cannot be opened`, { cause });
  }
}

/** LevelDB has no codes for errors of the file system: only the kernel's words. */
function isDiskFull(error: unknown): boolean {
  for (let e = error; e instanceof Error; e = e.cause)
    if (e.message.includes("No space left on device") || e.message.includes("Disk quota exceeded"))
      return true;
  return false;
}

const noSpace = (path: string, cause?: unknown): ResourceExhaustedError =>
  new ResourceExhaustedError(`snapshot records ${path}: no space left on device`, { cause });
