import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, stat, writeFile } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { isKind } from "@davit/errdefs";
import { listenUnix } from "@davit/grpc";
import { temporary } from "./testing/harness.ts";

const reach = (path: string): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect(path, () => resolve("connected")).on("error", (err) => resolve(String(err)));
    socket.on("connect", () => socket.destroy());
  });
const server = (): Server & AsyncDisposable => createServer((socket) => socket.destroy());

test("a socket has its mode and owner, in a directory made for it", async () => {
  await using tmp = await temporary();
  const path = join(tmp.dir, "made", "here", "d.sock");
  const root = process.getuid?.() === 0;
  await using http = server();
  const socket = await listenUnix(http, { path, ...(root ? { uid: 1234, gid: 4321 } : {}) });
  const { mode, uid, gid } = await stat(path);
  assert.equal(mode & 0o7777, 0o660);
  assert.equal((await stat(join(path, ".."))).mode & 0o7777, 0o770);
  if (root) assert.deepEqual([uid, gid], [1234, 4321]);
  assert.equal(await reach(path), "connected");
  assert.deepEqual(await readdir(join(path, "..")), ["d.sock"]);
  await socket.remove();
  await socket.remove();
  assert.equal(existsSync(path), false);
});

test("another mode can be asked for, and a directory that exists is left alone", async () => {
  await using tmp = await temporary();
  const { mode } = await stat(tmp.dir);
  await using http = server();
  const path = join(tmp.dir, "d.sock");
  await listenUnix(http, { path, mode: 0o600 });
  assert.equal((await stat(path)).mode & 0o7777, 0o600);
  assert.equal((await stat(tmp.dir)).mode, mode);
});

test("a path of 104 bytes works, one of 105 is refused in containerd's words", async () => {
  await using tmp = await temporary();
  const path = join(tmp.dir, "s".repeat(104 - tmp.dir.length - 1));
  assert.equal(Buffer.byteLength(path), 104);
  await using http = server();
  await listenUnix(http, { path });
  assert.equal(await reach(path), "connected");
  await assert.rejects(listenUnix(http, { path: `${path}s` }), (err: Error) => {
    assert.equal(err.message, `"${path}s": unix socket path too long (> 104)`);
    return isKind(err, "InvalidArgument");
  });
});

test("a path of 104 bytes works also where the directory is nearly all of it", async () => {
  await using tmp = await temporary();
  const dir = join(tmp.dir, "d".repeat(102 - tmp.dir.length - 1));
  const path = join(dir, "s");
  assert.equal(Buffer.byteLength(path), 104);
  await using http = server();
  await listenUnix(http, { path });
  assert.equal(await reach(path), "connected");
  assert.deepEqual(await readdir(dir), ["s"]);
});

test("a socket that is still served is not taken over", async () => {
  await using tmp = await temporary();
  const path = join(tmp.dir, "d.sock");
  await using first = server();
  await listenUnix(first, { path });
  await using second = server();
  await assert.rejects(listenUnix(second, { path }), (err: Error) => {
    assert.match(err.message, /d\.sock is served by another process/);
    return isKind(err, "AlreadyExists");
  });
  assert.equal(await reach(path), "connected");
  assert.deepEqual(await readdir(tmp.dir), ["d.sock"]);
});

test("the socket of a process that was killed is replaced", async () => {
  await using tmp = await temporary();
  const path = join(tmp.dir, "d.sock");
  const program = `require("node:net").createServer().listen(${JSON.stringify(path)}, () => console.log("up"))`;
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve) => child.stdout.once("data", resolve));
  child.kill("SIGKILL");
  await new Promise((resolve) => child.once("exit", resolve));
  assert.match(await reach(path), /ECONNREFUSED/);
  await using http = server();
  await listenUnix(http, { path });
  assert.equal(await reach(path), "connected");
});

test("a file that is no socket is left alone", async () => {
  await using tmp = await temporary();
  const path = join(tmp.dir, "precious");
  await writeFile(path, "data");
  await using http = server();
  await assert.rejects(listenUnix(http, { path }), (err) => isKind(err, "FailedPrecondition"));
  assert.equal((await stat(path)).size, 4);
});

test("remove() leaves a socket that is another's by now", async () => {
  await using tmp = await temporary();
  const path = join(tmp.dir, "d.sock");
  await using first = server();
  const old = await listenUnix(first, { path });
  await rename(path, `${path}.old`);
  await using second = server();
  await listenUnix(second, { path });
  await old.remove();
  assert.equal(existsSync(path), true);
});

test("nobody but the owner can reach the socket before its mode is set", async () => {
  await using tmp = await temporary();
  const dir = join(tmp.dir, "open");
  await mkdir(dir, { mode: 0o777 });
  const path = join(dir, "d.sock");
  await using http = server();
  const seen: string[] = [];
  // Whatever lies in the directory before the socket has its name must be closed to others.
  http.once("listening", () => {
    seen.push("listening");
  });
  const listing = (async () => {
    const modes: number[] = [];
    while (!existsSync(path)) {
      for (const name of await readdir(dir))
        if (name.startsWith(".socket-")) modes.push((await stat(join(dir, name))).mode & 0o077);
    }
    return modes;
  })().catch(() => [] as number[]);
  await listenUnix(http, { path });
  assert.ok((await listing).every((mode) => mode === 0));
  assert.deepEqual(seen, ["listening"]);
});
