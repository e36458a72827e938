import assert from "node:assert/strict";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { Status } from "@davit/api/types/task";
import { TaskExitSchema } from "@davit/api/events";
import { toTimestamp } from "@davit/time";
import { unpackAny } from "@davit/typeurl";
import { Code, TtrpcError } from "ttrpc-node";
import { createBundle } from "./bundle.ts";
import { pooled } from "./pooled.ts";
import { fakeShim, serveTask } from "./testing/fake-shim.ts";
import { memoryMetadata } from "./testing/memory.ts";
import { startRig, type Rig } from "./testing/rig.ts";
import { eventually } from "./testing/temporary.ts";

/** What an earlier run left of a container: a bundle that says which shim serves it, and where. */
async function left(
  rig: Rig,
  id: string,
  files: Readonly<Record<string, string>>,
): Promise<{ readonly path: string }> {
  const bundle = await createBundle(rig.folders, rig.namespace, id, undefined);
  for (const [name, content] of Object.entries(files)) await writeFile(join(bundle.path, name), content);
  return bundle;
}

const bootstrap = (socket: string): string =>
  JSON.stringify({ version: 3, address: `unix://${socket}`, protocol: "ttrpc" });

const running = { connect: () => ({}), state: () => ({ status: Status.RUNNING, pid: 5 }) };

const idsIn = (rig: Rig): Promise<string[]> => readdir(join(rig.folders.state, rig.namespace));

test("nothing is found where nothing was left", async () => {
  await using rig = await startRig();
  assert.deepEqual(await rig.manager().load({ root: join(rig.path, "no"), state: join(rig.path, "none") }), {
    shims: [],
    removed: 0,
  });
});

test("a shim that answers is listed with its binary, whatever its container does", async () => {
  await using rig = await startRig();
  const socket = join(rig.path, "s1");
  await using _ = await serveTask(socket, running);
  await left(rig, "c1", { "bootstrap.json": bootstrap(socket), "shim-binary-path": "/bin/shim" });
  const manager = rig.manager();
  const { shims, removed } = await manager.load(rig.folders);
  assert.deepEqual([shims.length, removed], [1, 0]);
  assert.equal(shims[0]?.binary, "/bin/shim");
  assert.equal(manager.get(rig.namespace, "c1"), shims[0]);
});

test("the address file of an old shim is taken over", async () => {
  await using rig = await startRig();
  const socket = join(rig.path, "s1");
  await using _ = await serveTask(socket, running, 2);
  const { path } = await left(rig, "c1", { address: `unix://${socket}\n`, "shim-binary-path": "/bin/shim" });
  const { shims } = await rig.manager().load(rig.folders);
  assert.equal(shims[0]?.endpoint.version, 2);
  assert.equal(
    await readFile(join(path, "bootstrap.json"), "utf8"),
    `{"version":2,"address":"unix://${socket}","protocol":"ttrpc"}`,
  );
});

test("a bundle that does not name its binary has that of its container", async () => {
  await using rig = await startRig();
  const binary = await fakeShim(rig.path, {});
  await left(rig, "c1", { "bootstrap.json": bootstrap(join(rig.path, "gone")) });
  const manager = rig.manager({ metadata: memoryMetadata({ containers: { c1: binary } }) });
  assert.deepEqual(await manager.load(rig.folders), { shims: [], removed: 1 });
  assert.match(await readFile(join(rig.path, "calls"), "utf8"), / delete\n$/);
});

test("bundles that are empty, or of a container nobody knows, are removed", async () => {
  await using rig = await startRig();
  await mkdir(join(rig.folders.state, rig.namespace, "empty"), { recursive: true });
  await left(rig, "c1", {});
  await mkdir(join(rig.folders.state, rig.namespace, ".half"), { recursive: true });
  assert.deepEqual(await rig.manager().load(rig.folders), { shims: [], removed: 2 });
  assert.deepEqual(await idsIn(rig), [".half"], "hidden ones are none of ours");
});

test("work directories without a bundle are removed", async () => {
  await using rig = await startRig();
  const socket = join(rig.path, "s1");
  await using _ = await serveTask(socket, running);
  await left(rig, "c1", { "bootstrap.json": bootstrap(socket), "shim-binary-path": "/bin/shim" });
  for (const id of ["leaked", ".c9"])
    await mkdir(join(rig.folders.root, rig.namespace, id, "x"), { recursive: true });
  await rig.manager().load(rig.folders);
  assert.deepEqual(await readdir(join(rig.folders.root, rig.namespace)), ["c1"]);
});

test("a shim that is gone is cleaned up after, and its exit told later", async () => {
  await using rig = await startRig();
  const binary = await fakeShim(rig.path, {});
  const files = { "shim-binary-path": binary };
  await left(rig, "gone", { ...files, "bootstrap.json": bootstrap(join(rig.path, "gone")) });
  await left(rig, "never", files);
  await left(rig, "broken", { ...files, "bootstrap.json": "" });
  const manager = rig.manager({ lateExitDelayMs: 50 });
  assert.deepEqual(await manager.load(rig.folders), { shims: [], removed: 3 });
  assert.deepEqual(await idsIn(rig), []);
  await eventually("events", () => rig.events.all.length === 6);
  assert.deepEqual(rig.events.topics("gone"), ["/tasks/exit", "/tasks/delete"]);
});

test("one that cannot be cleaned up after stays for another time", async () => {
  await using rig = await startRig();
  await left(rig, "c1", { "shim-binary-path": "/no/such/shim" });
  assert.deepEqual(await rig.manager().load(rig.folders), { shims: [], removed: 0 });
  assert.deepEqual(await idsIn(rig), ["c1"]);
});

test("a shim that is slow is listed, not killed", async () => {
  await using rig = await startRig();
  const socket = join(rig.path, "s1");
  await using _ = await serveTask(socket, { ...running, connect: () => new Promise(() => {}) });
  const binary = await fakeShim(rig.path, {});
  await left(rig, "c1", { "bootstrap.json": bootstrap(socket), "shim-binary-path": binary });
  const { shims } = await rig.manager({ timeouts: { loadMs: 100 } }).load(rig.folders);
  assert.equal(shims.length, 1);
  await assert.rejects(stat(join(rig.path, "calls")), { code: "ENOENT" });
});

test("many slow shims are waited for together", async () => {
  await using rig = await startRig();
  const socket = join(rig.path, "s1");
  await using _ = await serveTask(socket, { ...running, connect: () => new Promise(() => {}) });
  for (let n = 0; n < 20; n++)
    await left(rig, `c${n}`, { "bootstrap.json": bootstrap(socket), "shim-binary-path": "/bin/shim" });
  const before = Date.now();
  const { shims } = await rig.manager({ timeouts: { loadMs: 300 } }).load(rig.folders);
  assert.equal(shims.length, 20);
  assert.ok(Date.now() - before < 3000, `${Date.now() - before} ms`);
});

test("a shim that hangs up while it is asked is cleaned up after", async () => {
  await using rig = await startRig();
  const socket = join(rig.path, "s1");
  const server = createServer((connection) => connection.destroy());
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  rig.defer(() => server.close());
  const binary = await fakeShim(rig.path, {});
  await left(rig, "c1", { "bootstrap.json": bootstrap(socket), "shim-binary-path": binary });
  assert.deepEqual(await rig.manager().load(rig.folders), { shims: [], removed: 1 });
  assert.deepEqual(await idsIn(rig), []);
});

test("a shim without its container is shut down, but that of a sandbox is kept", async () => {
  await using rig = await startRig();
  const socket = join(rig.path, "s1");
  const shutdowns: string[] = [];
  await using _ = await serveTask(socket, {
    connect: () => ({}),
    state() {
      throw new TtrpcError(Code.NotFound, "container not created: not found");
    },
    shutdown: ({ id }) => (shutdowns.push(id), {}),
  });
  const binary = await fakeShim(rig.path, {});
  const files = { "bootstrap.json": bootstrap(socket), "shim-binary-path": binary };
  await left(rig, "leaked", files);
  await left(rig, "pod", files);
  const manager = rig.manager({
    metadata: memoryMetadata({ sandboxes: ["pod"] }),
    timeouts: { shutdownMs: 200 },
  });
  const { shims, removed } = await manager.load(rig.folders);
  assert.deepEqual([shims.map(({ id }) => id), removed, shutdowns], [["pod"], 1, ["leaked"]]);
  assert.deepEqual(rig.events.all, []);
});

const stopped = {
  connect: () => ({}),
  state: () => ({ status: Status.STOPPED, pid: 5, exitStatus: 3, exitedAt: toTimestamp(7n) }),
};

test("an exit while the daemon was down is told after a while, once, and the task stays", async () => {
  await using rig = await startRig();
  const socket = join(rig.path, "s1");
  await using _ = await serveTask(socket, stopped);
  const files = { "bootstrap.json": bootstrap(socket), "shim-binary-path": "/bin/shim" };
  await left(rig, "c1", files);
  await left(rig, "deleted", files);
  await left(rig, "told", files);
  const manager = rig.manager({ lateExitDelayMs: 200 });
  await manager.load(rig.folders);
  assert.equal(manager.list().length, 3);
  assert.equal(rig.events.all.length, 0, "nobody could hear it yet");
  manager.get(rig.namespace, "deleted")?.forget();
  // This shim's own publisher was quicker.
  const exit = {
    typeUrl: TaskExitSchema.typeName,
    value: Uint8Array.of(10, 4, ...Buffer.from("told"), 18, 4, ...Buffer.from("told")),
  };
  await rig.events.publish("/tasks/exit", exit, { namespace: rig.namespace });
  await eventually("the event", () => rig.events.all.length === 2);
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(rig.events.all.length, 2);
  const event = rig.events.all[1]?.event;
  assert.ok(event);
  const { containerId, pid, exitStatus, exitedAt } = unpackAny(event, TaskExitSchema);
  assert.deepEqual([containerId, pid, exitStatus, exitedAt?.nanos], ["c1", 5, 3, 7]);
  assert.ok(manager.get(rig.namespace, "c1"));
});

test("a daemon that is stopped early tells nothing", async () => {
  await using rig = await startRig();
  const socket = join(rig.path, "s1");
  await using _ = await serveTask(socket, stopped);
  await left(rig, "c1", { "bootstrap.json": bootstrap(socket), "shim-binary-path": "/bin/shim" });
  const manager = rig.manager({ lateExitDelayMs: 400 });
  await manager.load(rig.folders);
  await manager[Symbol.asyncDispose]();
  await new Promise((resolve) => setTimeout(resolve, 600));
  assert.deepEqual(rig.events.all, []);
});

test("pooled() keeps the order, does so many at a time, and passes on a failure", async () => {
  let running = 0;
  let most = 0;
  const work = async (n: number): Promise<number> => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 5));
    running--;
    return n * 2;
  };
  assert.deepEqual(await pooled(2, [1, 2, 3, 4, 5], work), [2, 4, 6, 8, 10]);
  assert.equal(most, 2);
  assert.deepEqual(await pooled(2, [], work), []);
  await assert.rejects(
    pooled(1, [1], () => Promise.reject(new Error("x"))),
    /x/,
  );
});
