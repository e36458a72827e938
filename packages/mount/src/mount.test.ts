import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { isInvalidArgument, isNotImplemented } from "@davit/errdefs";
import {
  cleanTemporaryMounts,
  commonParent,
  isReadOnly,
  mountAll,
  parseOptions,
  readOnly,
  unmountAll,
  unmountRecursive,
  withTemporaryMount,
} from "@davit/mount";
import { isMountPoint, mountInfo, MountFlag } from "@davit/sys";

const root = { skip: process.getuid?.() === 0 ? false : "needs root" };
let dir = "";
before(() => {
  dir = mkdtempSync(join(tmpdir(), "davit-mount-"));
});
after(async () => {
  await unmountRecursive(dir);
  rmSync(dir, { recursive: true });
});

const directory = (...names: string[]): string => {
  const path = join(dir, ...names);
  mkdirSync(path, { recursive: true });
  return path;
};

test("options are parted into flags and data; later ones win", () => {
  const { MS_BIND, MS_REC, MS_NOSUID } = MountFlag;
  assert.deepEqual(parseOptions(["rbind", "ro", "nosuid", "rw"]), {
    flags: MS_BIND | MS_REC | MS_NOSUID,
    data: [],
  });
  assert.deepEqual(parseOptions(["defaults", "mode=755"]), { flags: 0, data: ["defaults", "mode=755"] });
});

test("options for the mount manager are refused by name", () => {
  assert.throws(() => parseOptions(["X-containerd.mkdir.path=/x"]), isInvalidArgument);
  assert.throws(() => parseOptions(["loop"]), isNotImplemented);
});

test("a mount is read-only by type, option or the lack of an upper directory", () => {
  assert.equal(isReadOnly({ type: "erofs", source: "", options: [] }), true);
  assert.equal(isReadOnly({ type: "bind", source: "", options: ["ro", "rbind"] }), true);
  assert.equal(isReadOnly({ type: "overlay", source: "", options: ["lowerdir=/a:/b"] }), true);
  assert.equal(isReadOnly({ type: "overlay", source: "", options: ["upperdir=/u", "lowerdir=/a"] }), false);
});

test("readOnly() turns an upper directory into the topmost lower one", () => {
  const overlay = {
    type: "overlay",
    source: "overlay",
    options: ["workdir=/w", "upperdir=/u", "lowerdir=/a:/b", "x"],
  };
  assert.deepEqual(readOnly([overlay]), [{ ...overlay, options: ["x", "lowerdir=/u:/a:/b"] }]);
  assert.deepEqual(readOnly([{ type: "bind", source: "/s", options: ["rw", "rbind"] }]), [
    { type: "bind", source: "/s", options: ["rbind", "ro"] },
  ]);
});

test("commonParent() is the deepest directory of all", () => {
  assert.equal(commonParent(["/a/b/1/fs", "/a/b/2/fs"]), "/a/b");
  assert.equal(commonParent(["/a/b/1/fs"]), "/a/b/1");
  assert.equal(commonParent(["/x", "/y"]), "/");
});

test("a read-only bind mount refuses writes", root, async () => {
  const source = directory("bind-source");
  const target = directory("bind-target");
  writeFileSync(join(source, "file"), "text");
  await mountAll([{ type: "bind", source, options: ["ro", "rbind"] }], target);
  assert.equal(readFileSync(join(target, "file"), "utf8"), "text");
  assert.throws(() => writeFileSync(join(target, "new"), ""), { code: "EROFS" });
  await unmountAll(target);
  assert.equal(isMountPoint(target), false);
});

test("an overlay of a hundred layers mounts, though its options are longer than a page", root, async () => {
  const layers = Array.from({ length: 100 }, (_, i) => {
    const layer = directory(`snapshots-with-a-name-that-is-as-long-as-real-ones-are`, `${i}`, "fs");
    writeFileSync(join(layer, `file-${i}`), "");
    return layer;
  });
  const options = [
    `workdir=${directory("long-w")}`,
    `upperdir=${directory("long-u")}`,
    `lowerdir=${layers.join(":")}`,
  ];
  const target = directory("long-target");
  const cwd = process.cwd();
  await mountAll([{ type: "overlay", source: "overlay", options }], target);
  assert.equal(readdirSync(target).length, 100);
  assert.equal(process.cwd(), cwd);
  await unmountAll(target);
});

test("when a mount fails, those before it are undone", root, async () => {
  const target = directory("undone");
  const good = { type: "tmpfs", source: "tmpfs", options: ["size=64k"] };
  await assert.rejects(mountAll([good, { type: "no-such-fs", source: "x", options: [] }], target), {
    code: "ENODEV",
  });
  assert.equal(isMountPoint(target), false);
});

test("a mount's own target may not leave the place", root, async () => {
  const target = directory("inside");
  const mount = { type: "tmpfs", source: "tmpfs", target: "../outside", options: [] };
  await assert.rejects(mountAll([mount], target), isInvalidArgument);
});

test("a temporary mount is gone afterwards, also when its user fails", root, async () => {
  const location = join(dir, "tmpmounts");
  const mounts = [{ type: "tmpfs", source: "tmpfs", options: [] }];
  const failing = withTemporaryMount(location, mounts, async (place) => {
    assert.equal(isMountPoint(place), true);
    throw new Error("user");
  });
  await assert.rejects(failing, /user/);
  assert.deepEqual(readdirSync(location), []);
});

test("a temporary mount below another is undone with it", root, async () => {
  const location = join(dir, "tmpmounts-below");
  const tmpfs = { type: "tmpfs", source: "tmpfs", options: [] };
  await withTemporaryMount(location, [tmpfs, { ...tmpfs, target: "below" }], async (place) => {
    assert.equal(isMountPoint(join(place, "below")), true);
  });
  assert.deepEqual(readdirSync(location), []);
});

test("what a dead daemon left mounted is cleaned", root, async () => {
  const location = directory("left");
  await mountAll(
    [{ type: "tmpfs", source: "tmpfs", options: [] }],
    directory("left", "containerd-mountAbC123"),
  );
  await cleanTemporaryMounts(location);
  assert.deepEqual(readdirSync(location), []);
  assert.equal(
    mountInfo().some(({ mountPoint }) => mountPoint.startsWith(location)),
    false,
  );
});
