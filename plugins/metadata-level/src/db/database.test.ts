import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  isDataLoss,
  isFailedPrecondition,
  isResourceExhausted,
  isUnavailable,
  wireMessage,
} from "@davit/errdefs";
import { Level } from "level";
import { mountTmpfs } from "../testing/tmpfs.ts";
import { gather, temporaryDirectory } from "../testing/fixture.ts";
import { Database } from "./database.ts";
import { keyOf, prefixOf } from "./keys.ts";
import { SCHEMA_KEY } from "./schema.ts";

const key = (index: number): string => keyOf("k", String(index).padStart(6, "0"));
const one = (index: number, value = "v".repeat(100)) => new Map([[key(index), value]]);

/** A closed database of some records, and its directory. */
async function prepared(count = 50): Promise<AsyncDisposable & { readonly path: string }> {
  const directory = await temporaryDirectory();
  const path = join(directory.path, "meta.db");
  await using database = await Database.open(path);
  for (let index = 0; index < count; index++) await database.write(one(index));
  return { path, [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose]() };
}

const filesOf = (path: string, pattern: RegExp): string[] =>
  readdirSync(path)
    .filter((file) => pattern.test(file))
    .map((file) => join(path, file));

const contentsOf = (path: string): string[] =>
  filesOf(path, /^(?!LOG|LOCK)/).map((file) => `${file} ${readFileSync(file).toString("base64")}`);

/** Opening fails, says why, and leaves every file as it is. */
async function refused(path: string, why: RegExp): Promise<void> {
  const before = contentsOf(path);
  await assert.rejects(Database.open(path), (err) => {
    assert.ok(isDataLoss(err), String(err));
    assert.match(wireMessage(err), why);
    assert.match(wireMessage(err), /metadata database .*meta\.db is damaged/);
    return true;
  });
  assert.deepEqual(contentsOf(path), before);
}

test("what was written is there after a new opening", async () => {
  await using db = await prepared();
  await using database = await Database.open(db.path);
  assert.equal((await gather(database.range(prefixOf("k")))).length, 50);
});

test("read() sees the database as it was when it began", async () => {
  await using db = await prepared(2);
  await using database = await Database.open(db.path);
  await database.read(async (reader) => {
    await database.write(one(7));
    await database.write(new Map([[key(0), undefined]]));
    assert.equal(await reader.get(key(7)), undefined);
    assert.deepEqual(
      (await gather(reader.range(prefixOf("k")))).map(([name]) => name),
      [key(0), key(1)],
    );
  });
  assert.equal(await database.get(key(0)), undefined);
});

test("a second opening in the same process is refused at once", async () => {
  await using db = await prepared(1);
  await using database = await Database.open(db.path);
  await assert.rejects(Database.open(db.path), (err) => {
    assert.ok(isFailedPrecondition(err));
    assert.match(wireMessage(err), /is in use by another daemon$/);
    return true;
  });
  assert.notEqual(await database.get(key(0)), undefined);
});

test("a second process is refused at once", async () => {
  await using db = await prepared(1);
  const program = `
    import { Database } from ${JSON.stringify(new URL("./database.js", import.meta.url).href)};
    await Database.open(${JSON.stringify(db.path)});
    console.log("open");
    process.stdin.resume();`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  try {
    await once(child.stdout, "data");
    await assert.rejects(Database.open(db.path), /in use by another daemon/);
  } finally {
    child.stdin.end();
    child.kill();
    await once(child, "exit");
  }
  await using _ = await Database.open(db.path);
});

test("a newer schema is refused with a sentence, and left as it is", async () => {
  await using db = await prepared(1);
  await setRaw(db.path, SCHEMA_KEY, "2");
  await assert.rejects(Database.open(db.path), (err) => {
    assert.ok(isFailedPrecondition(err));
    assert.match(wireMessage(err), /has schema 2, and this version of Davit knows only schema 1/);
    return true;
  });
  await setRaw(db.path, SCHEMA_KEY, "1");
  await using database = await Database.open(db.path);
  assert.notEqual(await database.get(key(0)), undefined);
});

test("a database without the version of its schema is damaged", async () => {
  await using db = await prepared(1);
  await setRaw(db.path, SCHEMA_KEY, undefined);
  await assert.rejects(Database.open(db.path), /version of its schema is missing/);
});

async function setRaw(path: string, name: string, value: string | undefined): Promise<void> {
  await using level = new Level(path);
  await (value === undefined ? level.del(name) : level.put(name, value));
}

test("a missing CURRENT is refused, not taken for an empty database", async () => {
  await using db = await prepared();
  rmSync(join(db.path, "CURRENT"));
  await refused(db.path, /CURRENT is missing/);
});

test("an emptied directory is refused", async () => {
  await using db = await prepared(1);
  rmSync(db.path, { recursive: true });
  mkdirSync(db.path);
  await refused(db.path, /directory is empty/);
});

test("a damaged MANIFEST is refused", async () => {
  await using db = await prepared();
  for (const file of filesOf(db.path, /^MANIFEST/)) flip(file, 20);
  await refused(db.path, /LevelDB refuses it/);
});

test("a lost table is refused", async () => {
  await using db = await prepared();
  // The second opening turns the first log into a table.
  await (await Database.open(db.path))[Symbol.asyncDispose]();
  await (await Database.open(db.path))[Symbol.asyncDispose]();
  const [table = ""] = filesOf(db.path, /\.ldb$/);
  renameSync(table, join(db.path, "..", "away"));
  await refused(db.path, /LevelDB refuses it/);
});

test("a log that is damaged before its end is refused: LevelDB alone would drop what follows", async () => {
  await using db = await prepared();
  const [log = ""] = filesOf(db.path, /\.log$/);
  flip(log, 1000);
  await refused(db.path, /\.log is broken before its end/);
  // Which it would, if it were not for the check.
  await using database = await Database.open(db.path, { noSync: true });
  assert.ok((await gather(database.range(prefixOf("k")))).length < 50);
});

test("a torn last record is what a crash leaves: all before it is there", async () => {
  await using db = await prepared();
  const [log = ""] = filesOf(db.path, /\.log$/);
  const whole = readFileSync(log);
  writeFileSync(log, whole.subarray(0, whole.length - 10));
  await using database = await Database.open(db.path);
  assert.equal((await gather(database.range(prefixOf("k")))).length, 49);
});

test("records of many blocks pass the check of the log", async () => {
  await using db = await prepared(0);
  {
    await using database = await Database.open(db.path);
    for (const [index, size] of [100_000, 32_761, 32_754, 7, 70_000, 32_768].entries())
      await database.write(one(index, "x".repeat(size)));
  }
  await using database = await Database.open(db.path);
  assert.equal((await gather(database.range(prefixOf("k")))).length, 6);
});

test("a creation that a crash cut short leaves no trace", async () => {
  await using directory = await temporaryDirectory();
  mkdirSync(join(directory.path, "meta.db.new-abc"));
  await using _ = await Database.open(join(directory.path, "meta.db"));
  assert.deepEqual(readdirSync(directory.path), ["meta.db"]);
});

test("a closed database refuses", async () => {
  await using db = await prepared(1);
  const database = await Database.open(db.path);
  await database[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
  await assert.rejects(database.get(key(0)), isUnavailable);
  await assert.rejects(database.write(one(1)), isUnavailable);
  await assert.rejects(gather(database.range(prefixOf("k"))), isUnavailable);
  await assert.rejects(
    database.read(async () => {}),
    isUnavailable,
  );
});

const mounting = { skip: process.getuid?.() === 0 ? false : "needs root" };

test("a full disk is ResourceExhausted: reads go on, writes again when there is room", mounting, async () => {
  await using disk = await mountTmpfs("8m");
  const path = join(disk.path, "meta.db");
  const ballast = join(disk.path, "ballast");
  let acknowledged = 0;
  {
    await using database = await Database.open(path);
    await database.write(one(acknowledged++));
    writeFileSync(ballast, Buffer.alloc(7_400_000));
    const filling = async () => {
      for (;;) {
        await database.write(one(acknowledged, "v".repeat(20_000)));
        acknowledged++;
      }
    };
    await assert.rejects(filling(), isResourceExhausted);
    await assert.rejects(database.write(one(999_998)), isResourceExhausted);
    assert.notEqual(await database.get(key(acknowledged - 1)), undefined);
    rmSync(ballast);
    await database.write(one(acknowledged++));
    assert.equal((await gather(database.range(prefixOf("k")))).length, acknowledged);
  }
  await using database = await Database.open(path);
  assert.equal((await gather(database.range(prefixOf("k")))).length, acknowledged);
});

function flip(file: string, at: number): void {
  const data = readFileSync(file);
  data[at] = (data[at] ?? 0) ^ 0xff;
  writeFileSync(file, data);
}
