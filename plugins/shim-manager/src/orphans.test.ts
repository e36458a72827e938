import assert from "node:assert/strict";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { createBundle } from "./bundle.ts";
import { Orphans } from "./orphans.ts";
import { fakeShim, serveTask } from "./testing/fake-shim.ts";
import { startRig, type Rig } from "./testing/rig.ts";
import { eventually } from "./testing/temporary.ts";
import { silent } from "@davit/plugin";

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
