import assert from "node:assert/strict";
import { mkdir, open, readdir } from "node:fs/promises";
import { constants } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { silent } from "@davit/plugin";
import { mkfifo } from "@davit/sys";
import { createBundle } from "./bundle.ts";
import { Orphans } from "./orphans.ts";
import { fakeShim, serveTask } from "./testing/fake-shim.ts";
import { startRig, type Rig } from "./testing/rig.ts";
import { eventually } from "./testing/temporary.ts";

const { O_NONBLOCK, O_WRONLY } = constants;

/** Where the shim of a container listens that was made with containerd's library. */
async function socketOf({ path, grpcAddress, namespace }: Rig, id: string): Promise<string> {
  const socketDir = join(path, "s");
  await mkdir(socketDir, { recursive: true });
  const list = { connected: () => [] };
  const orphans = new Orphans({ daemon: { grpcAddress }, socketDir, list, timeoutMs: 1, log: silent });
  return orphans.socketOf(namespace, id);
}

test("the socket of a shim is named by a hash of the daemon's, the namespace and the id", () => {
  const daemon = { grpcAddress: "/run/containerd/containerd.sock" };
  const list = { connected: () => [] };
  const orphans = new Orphans({ daemon, socketDir: "/run/s", list, timeoutMs: 1, log: silent });
  assert.equal(
    orphans.socketOf("default", "mycontainer"),
    "/run/s/3272bea47699920557fd8e0ecc9b0fbad8bbcd98de96f30b484690cc72ca67be",
  );
});

for (const version of [2, 3] as const)
  test(`a shim of version ${version} whose start ended with the daemon is ended by the next one`, async () => {
    await using rig = await startRig();
    const asked: unknown[] = [];
    const methods = { shutdown: ({ id }: { id: string }) => (asked.push(id), {}) };
    await using _ = await serveTask(await socketOf(rig, "c1"), methods, version);
    await createBundle(rig.folders, rig.namespace, "c1", undefined);
    assert.deepEqual(await rig.manager().load(rig.folders), { shims: [], removed: 1 });
    assert.deepEqual(asked, ["c1"]);
  });

test("a shim that waits for a reader of its log before it serves is ended", async () => {
  await using rig = await startRig();
  const { path } = await createBundle(rig.folders, rig.namespace, "c1", undefined);
  mkfifo(join(path, "log"), 0o700);
  let opened = false;
  const end = Date.now() + 3000;
  const shutdown = async (): Promise<object> => {
    while (!opened) {
      await using log = await open(join(path, "log"), O_WRONLY | O_NONBLOCK).catch(() => undefined); // ENXIO: nobody reads
      opened = log !== undefined;
      if (!opened) await sleep(10);
      if (Date.now() > end) throw new Error("nobody reads");
    }
    return {};
  };
  await using _ = await serveTask(await socketOf(rig, "c1"), { shutdown });
  await rig.manager({ timeouts: { shutdownMs: 1000 } }).load(rig.folders);
  assert.ok(opened);
});

test("a shim whose start the caller gave up is ended", async () => {
  await using rig = await startRig();
  const asked: unknown[] = [];
  const methods = { shutdown: ({ id }: { id: string }) => (asked.push(id), {}) };
  await using _ = await serveTask(await socketOf(rig, "c1"), methods);
  const folder = join(rig.path, "shim");
  await mkdir(folder);
  const runtime = await fakeShim(folder, { start: "sleep 1000" });
  const controller = new AbortController();
  const options = { namespace: rig.namespace, signal: controller.signal };
  const started = rig.manager().start({ id: "c1", folders: rig.folders, runtime }, options);
  await eventually("the call", async () => (await readdir(folder)).includes("start.stdin"));
  controller.abort();
  await assert.rejects(started);
  assert.deepEqual(asked, ["c1"]);
});
