import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { test } from "node:test";
import { isNotFound } from "@davit/errdefs";
import { startPlugins } from "@davit/plugin";
import { inUserNamespace, OverlayfsPlugin, OverlaySnapshotter } from "@davit/plugin-snapshotter-overlayfs";
import { SNAPSHOT_LABELS } from "@davit/snapshots";
import { isMountPoint, mount, mountInfo, umount, UnmountFlag } from "@davit/sys";

const uri = "io.containerd.snapshotter.v1.overlayfs";
const options = { namespace: "test" };
const needsRoot = { skip: process.getuid?.() === 0 ? false : "needs root" };

async function inTemporary(body: (dir: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), "davit-overlayfs-plugin-"));
  try {
    await body(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

test("the plugin loads with containerd's exports and the capability to re-base", needsRoot, async () => {
  await inTemporary(async (dir) => {
    await using set = await startPlugins({ plugins: [OverlayfsPlugin], root: dir, state: dir });
    const info = set.infos()[0];
    assert.deepEqual(
      [info?.state, info?.exports, info?.capabilities],
      ["loaded", { root: join(dir, uri) }, ["rebase"]],
    );
  });
});

test("where overlayfs cannot be mounted the plugin is skipped with the reason", needsRoot, async () => {
  await inTemporary(async (dir) => {
    const config = { [uri]: { mount_options: ["no-such-option=1"] } };
    await using set = await startPlugins({ plugins: [OverlayfsPlugin], root: dir, state: dir, config });
    assert.equal(set.infos()[0]?.state, "skipped");
    assert.match(String(set.infos()[0]?.error), /cannot be mounted .*: skip plugin/);
  });
});

test("on a root that is overlayfs itself the reason and the remedy are told", needsRoot, async () => {
  await inTemporary(async (dir) => {
    const [lower, upper, work, root] = ["lower", "upper", "work", "root"].map((name) => join(dir, name));
    for (const path of [lower, upper, work, root]) await mkdir(path ?? "");
    const data = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
    mount({ source: "overlay", target: root ?? "", fsType: "overlay", data });
    try {
      await using set = await startPlugins({
        plugins: [OverlayfsPlugin],
        root: root ?? "",
        state: dir,
      });
      assert.equal(set.infos()[0]?.state, "skipped");
      assert.match(String(set.infos()[0]?.error), /lies on overlayfs itself.*root_path.*: skip plugin/);
    } finally {
      umount(root ?? "", UnmountFlag.MNT_DETACH);
    }
  });
});

test("a path that overlayfs cannot be told of is named as the reason", needsRoot, async () => {
  await inTemporary(async (dir) => {
    const config = { [uri]: { root_path: join(dir, "a:b") } };
    await using set = await startPlugins({ plugins: [OverlayfsPlugin], root: dir, state: dir, config });
    assert.match(String(set.infos()[0]?.error), /a:b: its path has a colon.*: skip plugin/);
  });
});

test("what a kill during the probe left mounted is gone after the next start", needsRoot, async () => {
  await inTemporary(async (dir) => {
    const place = join(dir, uri, "check-overlayfs-supportAbc123", "merged");
    await mkdir(place, { recursive: true });
    mount({ source: "tmpfs", target: place, fsType: "tmpfs" });
    try {
      await using set = await startPlugins({ plugins: [OverlayfsPlugin], root: dir, state: dir });
      assert.equal(set.infos()[0]?.state, "loaded");
      assert.equal(isMountPoint(place), false);
      assert.deepEqual((await readdir(join(dir, uri))).toSorted(), ["snapshots"]);
    } finally {
      if (isMountPoint(place)) umount(place);
    }
  });
});

/** Makes an ext4 in a file of `dir` and mounts it. Undefined where this machine has no loop devices. */
function mountExt4(dir: string): { readonly path: string; readonly device: string } | undefined {
  const [image, path] = [join(dir, "ext4.img"), join(dir, "ext4")];
  mkdirSync(path);
  writeFileSync(image, "");
  truncateSync(image, 256 << 20);
  const run = (program: string, ...args: string[]): boolean => spawnSync(program, args).status === 0;
  if (!run("mkfs.ext4", "-q", "-F", image) || !run("mount", "-o", "loop", image, path)) return undefined;
  const device = mountInfo().find(({ mountPoint }) => mountPoint === path)?.source ?? "";
  return { path, device: basename(device) };
}

test("the probe does not write back the file system it is on", needsRoot, async (t) => {
  await inTemporary(async (dir) => {
    const disk = mountExt4(dir);
    if (disk === undefined) return t.skip("needs mkfs.ext4 and loop devices");
    try {
      await writeFile(join(disk.path, "dirty"), Buffer.alloc(8 << 20));
      await using set = await startPlugins({ plugins: [OverlayfsPlugin], root: disk.path, state: dir });
      assert.equal(set.infos()[0]?.state, "loaded");
      const delayed = await readFile(`/sys/fs/ext4/${disk.device}/delayed_allocation_blocks`, "utf8");
      assert.ok(Number(delayed) > 0, "a start would wait for a busy disk");
    } finally {
      umount(disk.path, UnmountFlag.MNT_DETACH);
    }
  });
});

test(
  "sync_remove frees the directory at once; where it cannot, a cleanup does, and the snapshot is gone",
  needsRoot,
  async () => {
    await inTemporary(async (dir) => {
      await using snapshotter = await OverlaySnapshotter.open(dir, { syncRemove: true });
      await snapshotter.prepare("a", "", options);
      await snapshotter.remove("a", options);
      assert.deepEqual(await readdir(join(dir, "snapshots")), []);
      await snapshotter.prepare("b", "", options);
      const held = join(dir, "snapshots", "2", "fs");
      mount({ source: "tmpfs", target: held, fsType: "tmpfs" });
      await snapshotter.remove("b", options);
      await assert.rejects(snapshotter.stat("b", options), isNotFound);
      const [name = ""] = await readdir(join(dir, "snapshots"));
      umount(join(dir, "snapshots", name, "fs"));
      await snapshotter.cleanup(options);
      assert.deepEqual(await readdir(join(dir, "snapshots")), []);
    });
  },
);

test("modes of the directories are containerd's, whatever the umask of the daemon", async () => {
  await inTemporary(async (dir) => {
    const umask = process.umask(0o077);
    using _ = { [Symbol.dispose]: () => void process.umask(umask) };
    await using snapshotter = await OverlaySnapshotter.open(join(dir, "root"));
    await snapshotter.prepare("key", "", options);
    const mode = async (path: string) => ((await lstat(join(dir, "root", path))).mode & 0o7777).toString(8);
    const paths = ["", "snapshots", "snapshots/1", "snapshots/1/fs", "snapshots/1/work"];
    assert.deepEqual(await Promise.all(paths.map(mode)), ["700", "700", "700", "755", "711"]);
  });
});

test("mount options come in containerd's order, the configured behind the directories", async () => {
  await inTemporary(async (dir) => {
    await using snapshotter = await OverlaySnapshotter.open(dir, { mountOptions: ["metacopy=off"] });
    for (const [name, parent] of [
      ["a", ""],
      ["b", "a"],
    ] as const) {
      await snapshotter.prepare(`${name}-active`, parent, options);
      await snapshotter.commit(name, `${name}-active`, options);
    }
    const fs = (id: number) => join(dir, "snapshots", String(id), "fs");
    const [active] = await snapshotter.prepare("active", "b", options);
    assert.deepEqual(active?.options.slice(0, 4), [
      `workdir=${join(dir, "snapshots", "3", "work")}`,
      `upperdir=${fs(3)}`,
      `lowerdir=${fs(2)}:${fs(1)}`,
      "metacopy=off",
    ]);
    assert.deepEqual(await snapshotter.view("one", "a", options), [
      { type: "bind", source: fs(1), options: ["ro", "rbind"] },
    ]);
    const [two] = await snapshotter.view("two", "b", options);
    assert.deepEqual(two?.options[0], `lowerdir=${fs(2)}:${fs(1)}`);
  });
});

test("the root of a layer belongs to the parent's owner, or to whom the map says", needsRoot, async () => {
  await inTemporary(async (dir) => {
    await using snapshotter = await OverlaySnapshotter.open(dir);
    const labels = {
      [SNAPSHOT_LABELS.uidMapping]: "0:5000:65536",
      [SNAPSHOT_LABELS.gidMapping]: "0:6000:65536",
    };
    await snapshotter.prepare("mapped", "", { ...options, labels });
    await snapshotter.commit("base", "mapped", options);
    await snapshotter.prepare("child", "base", options);
    for (const id of ["1", "2"]) {
      const { uid, gid } = await lstat(join(dir, "snapshots", id, "fs"));
      assert.deepEqual([uid, gid], [5000, 6000]);
    }
  });
});

test("cleanup() removes what has no record, and a crash's directory does not block its id", async () => {
  await inTemporary(async (dir) => {
    await using snapshotter = await OverlaySnapshotter.open(dir);
    await mkdir(join(dir, "snapshots", "1", "fs"), { recursive: true });
    await writeFile(join(dir, "snapshots", "1", "fs", "stale"), "");
    await mkdir(join(dir, "snapshots", "new-abc"));
    await snapshotter.prepare("key", "", options);
    assert.deepEqual(await readdir(join(dir, "snapshots", "1", "fs")), []);
    await snapshotter.prepare("gone", "", options);
    await snapshotter.remove("gone", options);
    assert.deepEqual(await readdir(join(dir, "snapshots")), ["1", "2", "new-abc"]);
    await snapshotter.cleanup(options);
    assert.deepEqual(await readdir(join(dir, "snapshots")), ["1"]);
  });
});

test("a failed prepare leaves no directory behind", async () => {
  await inTemporary(async (dir) => {
    await using snapshotter = await OverlaySnapshotter.open(dir);
    await assert.rejects(snapshotter.prepare("key", "absent", options), /failed to create snapshot/);
    assert.deepEqual(await readdir(join(dir, "snapshots")), []);
    await chmod(dir, 0o700);
  });
});

test("a user namespace is told by its map", () => {
  assert.equal(inUserNamespace("         0          0 4294967295\n"), false);
  assert.equal(inUserNamespace("         0       1000          1\n"), true);
});
