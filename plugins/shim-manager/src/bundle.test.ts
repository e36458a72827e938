import assert from "node:assert/strict";
import { lstat, mkdir, readdir, readFile, readlink, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { isInvalidArgument } from "@davit/errdefs";
import { mountAll } from "@davit/mount";
import type { BundleFolders } from "@davit/runtime";
import { mountsAt } from "@davit/sys";
import { createBundle, deleteBundle, remappedRootGid } from "./bundle.ts";
import { temporaryDirectory } from "./testing/temporary.ts";

const needsRoot = process.getuid?.() === 0 ? false : "needs root";
const any = (value: unknown): { typeUrl: string; value: Uint8Array } => ({
  typeUrl: "spec",
  value: new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value)),
});

async function folders(): Promise<AsyncDisposable & BundleFolders> {
  const dir = await temporaryDirectory();
  return {
    root: join(dir.path, "root"),
    state: join(dir.path, "state"),
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o7777).toString(8);

test("a bundle has containerd's files and modes", async () => {
  await using dirs = await folders();
  const spec = any('{"a": 1}');
  const bundle = await createBundle(dirs, "ns", "c1", spec);
  assert.equal(bundle.path, join(dirs.state, "ns/c1"));
  assert.deepEqual((await readdir(bundle.path)).toSorted(), ["config.json", "rootfs", "work"]);
  assert.equal(await modeOf(join(dirs.state, "ns")), "711");
  assert.equal(await modeOf(bundle.path), "700");
  assert.equal(await modeOf(join(bundle.path, "rootfs")), "711");
  assert.equal(await readlink(join(bundle.path, "work")), join(dirs.root, "ns/c1"));
  assert.equal(await modeOf(bundle.workPath), "711");
  assert.deepEqual(await readFile(join(bundle.path, "config.json")), Buffer.from(spec.value));
  await deleteBundle(bundle);
  assert.deepEqual([await readdir(join(dirs.state, "ns")), await readdir(join(dirs.root, "ns"))], [[], []]);
  await deleteBundle(bundle);
});

test("without a spec there is no config.json", async () => {
  await using dirs = await folders();
  const bundle = await createBundle(dirs, "ns", "c1", undefined);
  assert.deepEqual((await readdir(bundle.path)).toSorted(), ["rootfs", "work"]);
});

test("a bundle that exists is not touched; a work directory that does is made anew", async () => {
  await using dirs = await folders();
  await mkdir(join(dirs.root, "ns/c1/old"), { recursive: true });
  const bundle = await createBundle(dirs, "ns", "c1", any({}));
  assert.deepEqual(await readdir(bundle.workPath), []);
  await writeFile(join(bundle.workPath, "kept"), "");
  await assert.rejects(createBundle(dirs, "ns", "c1", undefined), { code: "EEXIST" });
  assert.deepEqual(await readdir(bundle.workPath), ["kept"]);
});

test("an id that is no identifier makes nothing", async () => {
  await using dirs = await folders();
  for (const id of ["", "../c1", "a..b", "a".repeat(77)])
    await assert.rejects(createBundle(dirs, "ns", id, undefined), (error: Error) => {
      assert.equal(error.message, `invalid task id ${id}`);
      return isInvalidArgument(error);
    });
  await assert.rejects(stat(dirs.state), { code: "ENOENT" });
});

test("the group that is root in the container may enter the bundle", { skip: needsRoot }, async () => {
  await using dirs = await folders();
  const spec = any({ linux: { gidMappings: [{ containerID: 0, hostID: 4711, size: 10 }] } });
  const bundle = await createBundle(dirs, "ns", "c1", spec);
  assert.equal((await stat(bundle.path)).gid, 4711);
  assert.equal(await modeOf(bundle.path), "710");
});

test("specs of other runtimes map no group", () => {
  assert.equal(remappedRootGid(undefined), 0);
  assert.equal(remappedRootGid(any("not json")), 0);
  assert.equal(remappedRootGid(any("5")), 0);
  assert.equal(remappedRootGid(any({ linux: { gidMappings: [{ containerID: 1, hostID: 9 }] } })), 0);
});

test("what is mounted at rootfs is unmounted, never deleted", { skip: needsRoot }, async () => {
  await using dirs = await folders();
  const precious = join(dirs.root, "precious");
  await mkdir(precious, { recursive: true });
  await writeFile(join(precious, "file"), "");
  const bundle = await createBundle(dirs, "ns", "c1", undefined);
  const rootfs = join(bundle.path, "rootfs");
  const mount = { type: "bind", source: precious, options: ["rbind"] };
  await mountAll([mount, mount], rootfs);
  await deleteBundle(bundle);
  assert.equal(mountsAt(rootfs).length, 0);
  assert.deepEqual(await readdir(precious), ["file"]);
  await assert.rejects(lstat(bundle.path), { code: "ENOENT" });
});

test("files that a failed start left in rootfs do not keep the bundle", async () => {
  await using dirs = await folders();
  const bundle = await createBundle(dirs, "ns", "c1", undefined);
  await mkdir(join(bundle.path, "rootfs/proc"));
  await deleteBundle(bundle);
  await createBundle(dirs, "ns", "c1", undefined);
});

test("a removal that was cut short is finished by the next", async () => {
  await using dirs = await folders();
  const bundle = await createBundle(dirs, "ns", "c1", undefined);
  await mkdir(join(dirs.state, "ns/.c1/rest"), { recursive: true });
  await deleteBundle(bundle);
  assert.deepEqual(await readdir(join(dirs.state, "ns")), []);
});
