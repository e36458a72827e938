import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
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
import { isMountPoint, mount, mountInfo, mountsAt, MountFlag } from "@davit/sys";

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

test("a failure undoes what was made, and leaves what was mounted there before", root, async () => {
  const target = directory("before");
  const good = { type: "tmpfs", source: "tmpfs", options: ["size=64k"] };
  const below = { ...good, target: "below" };
  await mountAll([good], target);
  writeFileSync(join(target, "file"), "text");
  const bad = { type: "no-such-fs", source: "x", options: [] };
  await assert.rejects(mountAll([good, below, bad], target), { code: "ENODEV" });
  assert.equal(mountsAt(target).length, 1);
  assert.equal(readFileSync(join(target, "file"), "utf8"), "text");
  await unmountAll(target);
});

test(
  "in a user namespace a read-only bind mount keeps the flags that are locked there",
  root,
  async (context) => {
    const source = directory("locked-source");
    await mountAll([{ type: "tmpfs", source: "tmpfs", options: ["nosuid", "nodev", "noexec"] }], source);
    const script = `
    import { mountAll } from "@davit/mount";
    import { mountsAt } from "@davit/sys";
    await mountAll([{ type: "bind", source: process.argv[1], options: ["rbind", "ro"] }], process.argv[2]);
    console.log(mountsAt(process.argv[2])[0].options.filter((o) => /^(ro|no[sde].*)$/.test(o)).join());`;
    const node = [
      process.execPath,
      "--input-type=module",
      "--eval",
      script,
      source,
      directory("locked-target"),
    ];
    const { status, stdout, stderr } = spawnSync(
      "unshare",
      ["--user", "--map-root-user", "--mount", ...node],
      {
        encoding: "utf8",
      },
    );
    await unmountAll(source);
    if (status !== 0 && /unshare/.test(stderr))
      return context.skip(`no user namespaces here: ${stderr.trim()}`);
    assert.equal(stdout.trim(), "ro,nosuid,nodev,noexec", stderr);
  },
);

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

test("a temporary mount whose parts lie below each other is gone afterwards", root, async () => {
  const location = join(dir, "tmpmounts-below");
  const tmpfs = { type: "tmpfs", source: "tmpfs", options: [] };
  await withTemporaryMount(location, [tmpfs, { ...tmpfs, target: "a/b" }], async (place) =>
    assert.equal(isMountPoint(join(place, "a", "b")), true),
  );
  assert.deepEqual(readdirSync(location), []);
});

test("what the user of a temporary mount throws is told, also when it cannot be undone", root, async () => {
  const location = join(dir, "tmpmounts-busy");
  let held = -1;
  const failing = withTemporaryMount(
    location,
    [{ type: "tmpfs", source: "tmpfs", options: [] }],
    async (place) => {
      held = openSync(place, "r");
      throw new Error("user");
    },
  );
  await assert.rejects(failing, /user/);
  closeSync(held);
  assert.deepEqual(await cleanTemporaryMounts(location), []);
  assert.deepEqual(readdirSync(location), []);
});

test("what a dead daemon left is cleaned though its root is reached by a link", root, async () => {
  const location = directory("real", "tmpmounts");
  const link = join(dir, "link");
  symlinkSync(join(dir, "real"), link);
  await mountAll(
    [{ type: "tmpfs", source: "tmpfs", options: [] }],
    directory("real", "tmpmounts", "containerd-mountAbC123"),
  );
  assert.deepEqual(await cleanTemporaryMounts(join(link, "tmpmounts")), []);
  assert.deepEqual(readdirSync(location), []);
});

test("what cannot be cleaned is told, and keeps nobody from starting", async () => {
  const location = directory("left-over");
  writeFileSync(join(directory("left-over", "containerd-mountA"), "file"), "");
  directory("left-over", "containerd-mountB");
  const errors = await cleanTemporaryMounts(location);
  assert.match(errors.join(), /containerd-mountA/);
  assert.deepEqual(readdirSync(location), ["containerd-mountA"]);
});

test("a long overlay mounts also when the working directory is gone", root, async () => {
  const layers = Array.from({ length: 60 }, (_, i) =>
    directory("snapshots-of-a-daemon-that-was-started-in-a-removed-directory", `${i}`, "fs"),
  );
  const gone = directory("gone");
  const cwd = process.cwd();
  process.chdir(gone);
  rmSync(gone, { recursive: true });
  const target = directory("gone-target");
  try {
    const options = [`lowerdir=${layers.join(":")}`];
    await mountAll([{ type: "overlay", source: "overlay", options }], target);
  } finally {
    process.chdir(cwd);
  }
  assert.equal(isMountPoint(target), true);
  await unmountAll(target);
});

test("undoing a copy of a mount leaves what is mounted in the original", root, async () => {
  const source = directory("shared");
  const tmpfs = { type: "tmpfs", source: "tmpfs", options: [] };
  await mountAll([tmpfs], source);
  mount({ target: source, flags: MountFlag.MS_SHARED });
  await mountAll([{ ...tmpfs, target: "inner" }], source);
  const inner = join(source, "inner");
  const copy = [{ type: "bind", source, options: ["rbind", "rw"] }];
  await withTemporaryMount(join(dir, "tmpmounts-copy"), copy, async (place) =>
    assert.equal(isMountPoint(join(place, "inner")), true),
  );
  assert.equal(isMountPoint(inner), true);
  const bad = { type: "no-such-fs", source: "x", options: [] };
  await assert.rejects(mountAll([...copy, bad], directory("copy")), { code: "ENODEV" });
  assert.equal(isMountPoint(inner), true);
  await unmountRecursive(source);
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
