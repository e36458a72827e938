import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";
import { constants, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Status } from "@davit/api/types/task";
import { TaskExitSchema } from "@davit/api/events";
import { mkfifo, mountInfo } from "@davit/sys";
import { fromTimestamp } from "@davit/time";
import { jsonType, OCI_PROCESS_URL, packAny, unpackAny } from "@davit/typeurl";
import { Socket } from "node:net";
import { killQuietly, reasonToSkip, runContainer, SHIMS, startContainer } from "./testing/real-container.ts";
import { startRig } from "./testing/rig.ts";
import { eventually } from "./testing/temporary.ts";

const PROCESS = jsonType<object>(OCI_PROCESS_URL);

for (const { name, binary } of SHIMS) {
  const skip = reasonToSkip(binary);

  test(`${name}: a container runs, exits with its code and leaves nothing`, { skip }, async () => {
    await using rig = await startRig();
    const manager = rig.manager();
    const container = await startContainer(rig, manager, { id: "c1", binary, args: ["sh", "-c", "exit 3"] });
    const { shim, options } = container;
    assert.equal(manager.get(rig.namespace, "c1"), shim);
    const stored = JSON.parse(await readFile(join(shim.bundle.path, "bootstrap.json"), "utf8"));
    assert.equal(stored.address, shim.endpoint.address);
    assert.equal(await readFile(join(shim.bundle.path, "shim-binary-path"), "utf8"), binary);

    const pid = await runContainer(container);
    const { exitStatus, exitedAt } = await shim.task.wait({ id: "c1" }, options);
    assert.equal(exitStatus, 3);
    const deleted = await shim.task.delete({ id: "c1" }, options);
    assert.deepEqual([deleted.pid, deleted.exitStatus, deleted.exitedAt], [pid, 3, exitedAt]);
    const exit = { pid, status: 3, exitedAt: fromTimestamp(exitedAt) };
    await shim.remove({ deleted: true, exit });

    assert.equal(manager.get(rig.namespace, "c1"), undefined);
    assert.deepEqual(await readdir(join(rig.folders.state, rig.namespace)), []);
    assert.deepEqual(await readdir(join(rig.folders.root, rig.namespace)), []);
    // The shim of 2.4 may tell the exit of so short a life after the deletion, or, left to itself, not at all.
    assert.deepEqual(rig.events.topics("c1").toSorted(), [
      "/tasks/create",
      "/tasks/delete",
      "/tasks/exit",
      "/tasks/start",
    ]);
    assert.ok(rig.events.all.every(({ namespace }) => namespace === rig.namespace));
    assert.deepEqual(
      mountInfo().filter(({ mountPoint }) => mountPoint.startsWith(rig.path)),
      [],
    );
  });

  test(
    `${name}: output goes to a FIFO, an exec runs in the container, both are listed`,
    { skip },
    async () => {
      await using rig = await startRig();
      const manager = rig.manager();
      const args = ["sh", "-c", "echo hello; exec sleep 1000"];
      const container = await startContainer(rig, manager, { id: "c1", binary, args });
      const { shim, options } = container;
      const stdout = join(rig.path, "stdout");
      const stderr = join(rig.path, "stderr");
      const output = readFifo(stdout);
      const errors = readFifo(stderr);
      const pid = await runContainer(container, { stdout, stderr });
      await eventually("the output", () => output.text().includes("hello\n"));

      const process = packAny(PROCESS, {
        cwd: "/",
        args: ["sh", "-c", "sleep 1000"],
        env: ["PATH=/bin"],
        user: { uid: 0, gid: 0 },
      });
      await shim.task.exec({ id: "c1", execId: "e1", spec: { ...process } }, options);
      const { pid: execPid } = await shim.task.start({ id: "c1", execId: "e1" }, options);
      const { processes } = await shim.task.pids({ id: "c1" }, options);
      assert.ok([pid, execPid].every((each) => processes.some((listed) => listed.pid === each)));
      await shim.task.kill({ id: "c1", execId: "e1", signal: 15 }, options);
      assert.equal((await shim.task.wait({ id: "c1", execId: "e1" }, options)).exitStatus, 143);

      await shim.task.pause({ id: "c1" }, options);
      assert.equal((await shim.task.state({ id: "c1" }, options)).status, Status.PAUSED);
      await shim.task.resume({ id: "c1" }, options);
      assert.match(
        (await shim.task.stats({ id: "c1" }, options)).stats?.typeUrl ?? "",
        /^io\.containerd\.cgroups\.v[12]\.Metrics$/,
      );

      await shim.task.kill({ id: "c1", signal: 9, all: true }, options);
      assert.equal((await shim.task.wait({ id: "c1" }, options)).exitStatus, 137);
      await shim.task.delete({ id: "c1" }, options);
      await shim.remove({ deleted: true });
      output.close();
      errors.close();
    },
  );

  test(`${name}: a shim that is killed is cleaned up after, and its exit is told`, { skip }, async () => {
    await using rig = await startRig();
    const manager = rig.manager();
    const container = await startContainer(rig, manager, { id: "c1", binary, args: ["sleep", "1000"] });
    const { shim, options } = container;
    const pid = await runContainer(container);
    const { shimPid } = await shim.task.connect({ id: "c1" }, options);
    killQuietly(shimPid);
    await shim.closed;
    assert.equal(manager.get(rig.namespace, "c1"), undefined);
    assert.deepEqual(await readdir(join(rig.folders.state, rig.namespace)), []);
    assert.ok(!isRunning(pid));
    assert.deepEqual(rig.events.topics("c1").slice(-2), ["/tasks/exit", "/tasks/delete"]);
    const exit = rig.events.all.findLast(({ topic }) => topic === "/tasks/exit")?.event;
    assert.ok(exit);
    const { id, containerId, exitStatus, pid: told } = unpackAny(exit, TaskExitSchema);
    assert.deepEqual([id, containerId, exitStatus, told], ["c1", "c1", 137, pid]);
    // And the name is free again.
    await startContainer(rig, manager, { id: "c1", binary, args: ["true"] });
  });

  test(
    `${name}: a container outlives its daemon, and is found again with output, exec and exit`,
    { skip },
    async () => {
      await using rig = await startRig();
      const first = rig.manager();
      const args = ["sh", "-c", "while sleep 0.1; do echo tick; done"];
      const container = await startContainer(rig, first, { id: "c1", binary, args });
      const stdout = join(rig.path, "stdout");
      const stderr = join(rig.path, "stderr");
      const output = readFifo(stdout);
      const errors = readFifo(stderr);
      const pid = await runContainer(container, { stdout, stderr });
      await first[Symbol.asyncDispose]();
      await assert.rejects(
        container.shim.task.state({ id: "c1" }, container.options),
        /^UnknownError: ttrpc: closed$/,
      );

      const second = rig.manager();
      const { shims } = await second.load(rig.folders);
      const [shim] = shims;
      assert.ok(shim && shims.length === 1);
      const { options } = container;
      assert.equal((await shim.task.state({ id: "c1" }, options)).status, Status.RUNNING);
      const before = output.text().length;
      await eventually("more output", () => output.text().length > before);
      const process = packAny(PROCESS, {
        cwd: "/",
        args: ["sh", "-c", "exit 7"],
        env: ["PATH=/bin"],
        user: { uid: 0, gid: 0 },
      });
      await shim.task.exec({ id: "c1", execId: "e1", spec: { ...process } }, options);
      await shim.task.start({ id: "c1", execId: "e1" }, options);
      assert.equal((await shim.task.wait({ id: "c1", execId: "e1" }, options)).exitStatus, 7);
      await shim.task.kill({ id: "c1", signal: 9, all: true }, options);
      assert.equal((await shim.task.wait({ id: "c1" }, options)).exitStatus, 137);
      assert.equal((await shim.task.delete({ id: "c1" }, options)).pid, pid);
      await shim.remove({ deleted: true });
      output.close();
      errors.close();
    },
  );

  test(
    `${name}: a task that exits while the daemon is down is still there, and its exit is told once`,
    { skip },
    async () => {
      await using rig = await startRig();
      const first = rig.manager();
      const container = await startContainer(rig, first, { id: "c1", binary, args: ["sleep", "1000"] });
      await runContainer(container);
      const { options, shim: lost } = container;
      const { shimPid } = await lost.task.connect({ id: "c1" }, options);
      await first[Symbol.asyncDispose]();
      const pid = Number((await readFile(join(lost.bundle.path, "init.pid"), "utf8")).trim());
      process.kill(pid, "SIGKILL");
      await eventually("the exit", () => rig.events.topics("c1").includes("/tasks/exit"));

      const second = rig.manager({ lateExitDelayMs: 200 });
      const { shims } = await second.load(rig.folders);
      const shim = shims[0];
      assert.ok(shim);
      const state = await shim.task.state({ id: "c1" }, options);
      assert.deepEqual([state.status, state.exitStatus], [Status.STOPPED, 137]);
      // This daemon cannot know that the one before heard of it.
      await eventually(
        "the late exit",
        () => rig.events.topics("c1").filter((topic) => topic === "/tasks/exit").length === 2,
      );
      assert.equal((await shim.task.delete({ id: "c1" }, options)).exitStatus, 137);
      await shim.remove({ deleted: true });
      await eventually("the end of the shim", () => !isRunning(shimPid));
    },
  );

  test(`${name}: a shim that died with the daemon is buried at the next start`, { skip }, async () => {
    await using rig = await startRig();
    const first = rig.manager();
    const container = await startContainer(rig, first, { id: "c1", binary, args: ["sleep", "1000"] });
    const pid = await runContainer(container);
    const { shimPid } = await container.shim.task.connect({ id: "c1" }, container.options);
    await first[Symbol.asyncDispose]();
    killQuietly(shimPid);
    await eventually("the end of the shim", () => !isRunning(shimPid));

    const second = rig.manager({ lateExitDelayMs: 50 });
    assert.deepEqual(await second.load(rig.folders), { shims: [], removed: 1 });
    assert.deepEqual(await readdir(join(rig.folders.state, rig.namespace)), []);
    assert.ok(!isRunning(pid));
    await eventually("late events", () => rig.events.topics("c1").at(-1) === "/tasks/delete");
  });

  test(`${name}: a shim without its container is ended at the next start`, { skip }, async () => {
    await using rig = await startRig();
    const first = rig.manager();
    const { shim, options } = await startContainer(rig, first, { id: "c1", binary, args: ["true"] });
    const { shimPid } = await shim.task.connect({ id: "c1" }, options);
    await first[Symbol.asyncDispose]();
    const second = rig.manager();
    assert.deepEqual(await second.load(rig.folders), { shims: [], removed: 1 });
    await eventually("the end of the shim", () => !isRunning(shimPid));
    assert.deepEqual(await readdir(join(rig.folders.state, rig.namespace)), []);
  });
}

/** Whether a process is there and is no zombie: who adopts those of a dead shim may take its time. */
function isRunning(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

/** Makes a FIFO as a client does, and collects what comes out of it. */
function readFifo(path: string): { text(): string; close(): void } {
  mkfifo(path, 0o700);
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const socket = new Socket({ fd, readable: true, writable: false });
  let text = "";
  socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
  socket.unref();
  return { text: () => text, close: () => socket.destroy() };
}
