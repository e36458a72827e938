import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, linkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  isAlreadyExists,
  isFailedPrecondition,
  isInvalidArgument,
  isNotFound,
  isResourceExhausted,
} from "@davit/errdefs";
import { SnapshotStorage, UsageMeter } from "@davit/snapshot-storage";

let dir = "";
before(() => {
  dir = mkdtempSync(join(tmpdir(), "davit-snapshot-storage-"));
});
after(() => rmSync(dir, { recursive: true }));

const nothing = async (): Promise<void> => undefined;
const usage = { sizeBytes: 4096n, inodes: 1n };
let count = 0;
const open = (): SnapshotStorage => new SnapshotStorage(join(dir, `db-${count++}`));

async function committed(storage: SnapshotStorage, name: string, parent = ""): Promise<void> {
  await storage.create("active", { key: `${name}-active`, parent }, nothing);
  await storage.commit(`${name}-active`, name, { usage });
}

test("ids count up, and parents are listed from the nearest to the bottom", async () => {
  await using storage = open();
  await committed(storage, "base");
  await committed(storage, "middle", "base");
  const { id, parentIds } = await storage.create("active", { key: "top", parent: "middle" }, nothing);
  assert.deepEqual([id, parentIds], ["3", ["2", "1"]]);
  assert.deepEqual((await storage.get("top")).parentIds, ["2", "1"]);
});

test("what fails on disk leaves no record, and its id is given to nobody while its files are removed", async () => {
  await using storage = open();
  const failing = storage.create("active", { key: "a", parent: "" }, async () => {
    throw new Error("disk");
  });
  await assert.rejects(failing, /disk/);
  await assert.rejects(storage.get("a"), isNotFound);
  assert.equal((await storage.create("active", { key: "a", parent: "" }, nothing)).id, "2");
});

test("a key or name in use is refused", async () => {
  await using storage = open();
  await committed(storage, "base");
  await assert.rejects(storage.create("view", { key: "base", parent: "" }, nothing), isAlreadyExists);
  await storage.create("active", { key: "a", parent: "" }, nothing);
  await assert.rejects(storage.commit("a", "base", { usage }), isAlreadyExists);
});

test("a parent must be there and committed", async () => {
  await using storage = open();
  await storage.create("active", { key: "a", parent: "" }, nothing);
  await assert.rejects(storage.create("active", { key: "b", parent: "none" }, nothing), isNotFound);
  await assert.rejects(storage.create("active", { key: "b", parent: "a" }, nothing), isInvalidArgument);
});

test("only what is active commits, with the labels of the commit", async () => {
  await using storage = open();
  await storage.create("active", { key: "a", parent: "", labels: { old: "1" } }, nothing);
  await storage.create("view", { key: "v", parent: "" }, nothing);
  await assert.rejects(storage.commit("v", "x", { usage }), isFailedPrecondition);
  await assert.rejects(storage.commit("none", "x", { usage }), isNotFound);
  await storage.commit("a", "c", { usage, labels: { new: "2", empty: "" } });
  const { info } = await storage.get("c");
  assert.deepEqual([info.kind, info.labels], ["committed", { new: "2" }]);
  assert.deepEqual(await storage.usage("c"), usage);
  await assert.rejects(storage.get("a"), isNotFound);
});

test("a commit re-bases a snapshot without parent, and refuses another parent than it has", async () => {
  await using storage = open();
  await committed(storage, "base");
  await storage.create("active", { key: "free", parent: "" }, nothing);
  await storage.commit("free", "rebased", { usage, parent: "base" });
  assert.equal((await storage.get("rebased")).info.parent, "base");
  await assert.rejects(storage.remove("base"), isFailedPrecondition);
  await storage.create("active", { key: "bound", parent: "base" }, nothing);
  await assert.rejects(storage.commit("bound", "x", { usage, parent: "rebased" }), isInvalidArgument);
  await storage.create("active", { key: "free2", parent: "" }, nothing);
  await assert.rejects(storage.commit("free2", "x", { usage, parent: "bound" }), isFailedPrecondition);
});

test("a snapshot with children stays until they are gone", async () => {
  await using storage = open();
  await committed(storage, "a/b c");
  await storage.create("active", { key: "child", parent: "a/b c" }, nothing);
  await assert.rejects(storage.remove("a/b c"), /cannot remove snapshot with child/);
  await storage.remove("child");
  await storage.remove("a/b c");
  assert.deepEqual(await Array.fromAsync(storage.list()), []);
});

test("a name that begins like another has its own children", async () => {
  await using storage = open();
  await committed(storage, "a");
  await committed(storage, "a/b");
  await storage.create("active", { key: "child", parent: "a/b" }, nothing);
  await storage.remove("a");
});

test("labels are replaced, set and deleted; other fields are refused", async () => {
  await using storage = open();
  await storage.create("active", { key: "a", parent: "", labels: { x: "1", y: "2" } }, nothing);
  assert.deepEqual((await storage.update({ name: "a", labels: { x: "" } }, ["labels.x"])).labels, { y: "2" });
  assert.deepEqual((await storage.update({ name: "a", labels: { z: "3" } })).labels, { z: "3" });
  await assert.rejects(storage.update({ name: "a", labels: {} }, ["parent"]), isInvalidArgument);
  await assert.rejects(storage.update({ name: "none", labels: {} }), isNotFound);
});

test("concurrent changes each take effect", async () => {
  await using storage = open();
  const keys = Array.from({ length: 50 }, (_, i) => `key-${i}`);
  const made = await Promise.all(keys.map((key) => storage.create("active", { key, parent: "" }, nothing)));
  assert.equal(new Set(made.map(({ id }) => id)).size, 50);
  assert.equal((await Array.fromAsync(storage.list())).length, 50);
});

test("records are there after the database was closed and opened again", async () => {
  const path = join(dir, "reopened");
  {
    await using storage = new SnapshotStorage(path);
    await committed(storage, "base");
  }
  await using storage = new SnapshotStorage(path);
  assert.equal((await storage.get("base")).id, "1");
  assert.equal((await storage.create("active", { key: "next", parent: "base" }, nothing)).id, "2");
});

test("usage counts a file with two names once", async () => {
  await using meter = new UsageMeter();
  const place = join(dir, "usage");
  mkdirSync(join(place, "sub"), { recursive: true });
  writeFileSync(join(place, "file"), Buffer.alloc(10_000));
  const one = await meter.measure(place);
  linkSync(join(place, "file"), join(place, "sub", "link"));
  assert.deepEqual(await meter.measure(place), one);
  assert.equal(one.inodes, 3n);
  assert.deepEqual(await meter.measure(join(dir, "absent")), { sizeBytes: 0n, inodes: 0n });
});

const mounting = { skip: process.getuid?.() === 0 ? false : "needs root" };

test(
  "a full disk is ResourceExhausted, and what is acknowledged afterwards is there after a crash",
  mounting,
  async () => {
    const disk = join(dir, "disk");
    mkdirSync(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", disk]);
    try {
      const path = join(disk, "metadata.db");
      const ballast = join(disk, "ballast");
      const labels = { long: "v".repeat(20_000) };
      const create = (storage: SnapshotStorage, key: string) =>
        storage.create("active", { key, parent: "", labels }, nothing);
      let count = 0;
      {
        await using storage = new SnapshotStorage(path);
        await create(storage, `key-${count++}`);
        writeFileSync(ballast, Buffer.alloc(7_000_000));
        await assert.rejects(async () => {
          for (;;) {
            await create(storage, `key-${count}`);
            count++;
          }
        }, isResourceExhausted);
        assert.equal((await storage.get("key-0")).id, "1");
        rmSync(ballast);
        for (const last = count + 20; count < last; count++) await create(storage, `key-${count}`);
      }
      await using storage = new SnapshotStorage(path);
      assert.equal((await Array.fromAsync(storage.list())).length, count);
    } finally {
      execFileSync("umount", ["-l", disk]);
    }
  },
);

test("a database that could not be opened is tried again", async () => {
  const path = join(dir, `db-${count++}`);
  {
    await using holder = new SnapshotStorage(path);
    await holder.create("active", { key: "a", parent: "" }, nothing);
    await using storage = new SnapshotStorage(path);
    await assert.rejects(storage.get("a"), /cannot be opened/);
    await holder[Symbol.asyncDispose]();
    assert.equal((await storage.get("a")).id, "1");
  }
});

test("measuring works in a program given on the command line", () => {
  const program = `
    import { UsageMeter } from "@davit/snapshot-storage";
    await using meter = new UsageMeter();
    console.log((await meter.measure(process.argv[1])).inodes > 0n);`;
  const args = ["--input-type=module", "--eval", program, dir];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  assert.equal(stdout, "true\n", stderr);
});
