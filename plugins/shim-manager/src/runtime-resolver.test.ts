import assert from "node:assert/strict";
import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { wireMessage } from "@davit/errdefs";
import { binaryName, RuntimeResolver } from "./runtime-resolver.ts";
import { temporaryDirectory } from "./testing/temporary.ts";

async function program(...parts: readonly string[]): Promise<string> {
  const path = join(...parts);
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, "#!/bin/sh\n");
  await chmod(path, 0o755);
  return path;
}

async function failure(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => assert.fail("resolved"),
    (error: unknown) => wireMessage(error),
  );
}

test("a dotted name becomes the name of a binary by its last two parts", () => {
  assert.equal(binaryName("io.containerd.runc.v2"), "containerd-shim-runc-v2");
  assert.equal(binaryName("a.b"), "containerd-shim-a-b");
});

test("names that are none are refused in containerd's words", async () => {
  const resolver = new RuntimeResolver({ executable: "/nowhere/davitd", path: "" });
  assert.equal(await failure(resolver.resolve("")), "no runtime name");
  for (const name of ["runc", ".runc", "./x/y.v1", "a/io.containerd.runc.v2"])
    assert.equal(
      await failure(resolver.resolve(name)),
      `invalid runtime name ${name}, correct runtime name should be either format like \`io.containerd.runc.v2\` or a full path to the binary`,
    );
  assert.equal(
    await failure(resolver.resolve("io.containerd.nope.v9")),
    'runtime "io.containerd.nope.v9" binary not installed "containerd-shim-nope-v9": file does not exist',
  );
  assert.match(await failure(resolver.resolve("/no/such/shim")), /^invalid custom binary path: ENOENT/);
});

test("the working directory comes first, then PATH, then the daemon's own directory", async () => {
  await using dir = await temporaryDirectory();
  const name = "containerd-shim-x-v1";
  const own = await program(dir.path, "own", name);
  const onPath = await program(dir.path, "bin", name);
  const here = await program(dir.path, "cwd", name);
  const options = {
    executable: join(dir.path, "own/davitd"),
    path: `${join(dir.path, "none")}:${join(dir.path, "bin")}`,
    cwd: join(dir.path, "cwd"),
  };
  const resolve = (): Promise<string> => new RuntimeResolver(options).resolve("io.davit.x.v1");
  assert.equal(await resolve(), here);
  await rm(here);
  assert.equal(await resolve(), onPath);
  await chmod(onPath, 0o644);
  assert.equal(await resolve(), own, "what cannot be executed is passed by");
});

test("what was found is remembered", async () => {
  await using dir = await temporaryDirectory();
  const found = await program(dir.path, "containerd-shim-x-v1");
  const resolver = new RuntimeResolver({ executable: "/nowhere/davitd", path: dir.path, cwd: "/" });
  assert.equal(await resolver.resolve("io.davit.x.v1"), found);
  await rm(found);
  assert.equal(await resolver.resolve("io.davit.x.v1"), found);
});

test("a configured name goes before every rule, and must exist", async () => {
  await using dir = await temporaryDirectory();
  const path = await program(dir.path, "mine");
  const runtimes = { "io.containerd.runc.v2": path, plain: path, "gone.v1": "/no/such" };
  const resolver = new RuntimeResolver({ runtimes, executable: "/nowhere/davitd", path: "" });
  assert.equal(await resolver.resolve("io.containerd.runc.v2"), path);
  assert.equal(await resolver.resolve("plain"), path);
  assert.match(await failure(resolver.resolve("gone.v1")), /^invalid custom binary path/);
});
