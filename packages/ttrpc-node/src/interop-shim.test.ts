import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, constants, copyFileSync, existsSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { TaskCreateSchema } from "@davit/api/events";
import { OptionsSchema } from "@davit/api/runc";
import { Task } from "@davit/api/runtime/task-v2";
import { Events } from "@davit/api/services/ttrpc-events";
import type { Envelope } from "@davit/api/types";
import { connect, createClient, Server, type Client, type Connection } from "ttrpc-node";
import { temporaryFolder } from "./testing/rig.ts";

// containerd 1.6's runc shim, as Debian ships it: Go's ttrpc server, and its client for the events.
const SHIM = "/usr/bin/containerd-shim-runc-v2";
const BUSYBOX = "/bin/busybox";
const NAMESPACE = "ttrpc-node-test";
const timeoutMs = 20_000;

const skip = reasonToSkip();

function reasonToSkip(): string | false {
  if (process.getuid?.() !== 0) return "needs root";
  if (!existsSync(SHIM)) return `${SHIM} is not installed`;
  if (spawnSync("runc", ["--version"]).error) return "runc is not installed";
  return false;
}

interface Shim extends AsyncDisposable {
  readonly id: string;
  readonly bundle: string;
  readonly connection: Connection;
  readonly task: Client<typeof Task>;
  readonly events: Envelope[];
}

/** Starts a shim in a bundle of its own, by the conventions of containerd 1.6: argv, the `log` FIFO, an address on stdout. */
async function startShim(): Promise<Shim> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder());
  const id = `c${process.pid}-${Math.random().toString(36).slice(2, 8)}`;
  const bundle = join(folder.path, id);
  mkdirSync(bundle);
  writeBundle(bundle, id);

  const events: Envelope[] = [];
  const ttrpcAddress = join(folder.path, "ttrpc");
  const server = stack.use(new Server());
  server.addService(Events, { forward: ({ envelope }) => (envelope && events.push(envelope), {}) });
  await server.listen(ttrpcAddress);

  const log = openSync(join(bundle, "log"), constants.O_RDWR | constants.O_NONBLOCK);
  stack.defer(() => closeSync(log));
  const flags = [
    "-namespace",
    NAMESPACE,
    "-address",
    join(folder.path, "grpc"),
    "-publish-binary",
    "/bin/false",
    "-id",
    id,
  ];
  const env = { ...process.env, TTRPC_ADDRESS: ttrpcAddress };
  const shim = (...more: string[]): string =>
    execFileSync(SHIM, [...flags, ...more], { cwd: bundle, env, encoding: "utf8", stdio: "pipe" });
  stack.defer(() => {
    if (existsSync(join(bundle, "runtime"))) shim("-bundle", bundle, "delete"); // there was a container
  });
  const connection = stack.use(await connect(shim("start").trim(), { timeoutMs }));
  const task = createClient(Task, connection);
  stack.defer(() => endShim(task, connection, id));
  const owned = stack.move();
  return { id, bundle, connection, task, events, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Whatever a test left: no container, and no shim. */
async function endShim(task: Client<typeof Task>, connection: Connection, id: string): Promise<void> {
  if (connection.isClosed) return;
  const { shimPid } = await task.connect({ id }, { timeoutMs });
  await task.kill({ id, signal: 9, all: true }, { timeoutMs }).catch(() => {});
  await task.delete({ id }, { timeoutMs }).catch(() => {});
  await task.shutdown({ id, now: true }, { timeoutMs: 2000 }).catch(() => {});
  if (!connection.isClosed && shimPid > 1) process.kill(shimPid, "SIGKILL");
}

function writeBundle(bundle: string, id: string): void {
  execFileSync("mkfifo", [join(bundle, "log")]);
  mkdirSync(join(bundle, "rootfs/bin"), { recursive: true });
  mkdirSync(join(bundle, "rootfs/proc"));
  if (existsSync(BUSYBOX)) copyFileSync(BUSYBOX, join(bundle, "rootfs/bin/sleep"));
  const spec = {
    ociVersion: "1.0.2",
    root: { path: "rootfs" },
    process: { cwd: "/", args: ["/bin/sleep", "60"], env: ["PATH=/bin"], user: { uid: 0, gid: 0 } },
    mounts: [{ destination: "/proc", type: "proc", source: "proc" }],
    linux: { namespaces: [{ type: "pid" }, { type: "mount" }], cgroupsPath: `/${NAMESPACE}-${id}` },
  };
  writeFileSync(join(bundle, "config.json"), JSON.stringify(spec));
}

test(
  "a real shim answers Connect, State of what is not there, and Shutdown, after which it closes",
  { skip },
  async () => {
    await using shim = await startShim();
    const { id, task, connection } = shim;
    const metadata = { "containerd-namespace-ttrpc": NAMESPACE };
    const { shimPid, taskPid } = await task.connect({ id }, { timeoutMs, metadata });
    assert.ok(shimPid > 1);
    assert.equal(taskPid, 0);
    await assert.rejects(task.state({ id }, { timeoutMs, metadata }), {
      code: 5,
      message: "container not created: not found",
    });
    await assert.rejects(connection.call("containerd.task.v3.Task", "State", new Uint8Array()), {
      code: 12,
      message: "service containerd.task.v3.Task",
    });
    await task
      .shutdown({ id, now: true }, { timeoutMs })
      .catch((error: Error) => assert.equal(error.message, "ttrpc: closed"));
    await connection.closed;
  },
);

const noContainer = skip || (!existsSync(BUSYBOX) && `${BUSYBOX} is not installed`);
test(
  "a real shim runs a container for us, and its events arrive at our server",
  { skip: noContainer },
  async () => {
    await using shim = await startShim();
    const { id, bundle, task, events } = shim;
    const value = toBinary(OptionsSchema, create(OptionsSchema, { root: join(bundle, "runc") }));
    const options = { typeUrl: OptionsSchema.typeName, value };
    const { pid } = await task.create({ id, bundle, options }, { timeoutMs });
    assert.ok(pid > 1);
    assert.equal((await task.start({ id }, { timeoutMs })).pid, pid);
    const waiting = task.wait({ id }, { timeoutMs });
    await task.kill({ id, signal: 9 }, { timeoutMs });
    assert.equal((await waiting).exitStatus, 137);
    assert.equal((await task.delete({ id }, { timeoutMs })).exitStatus, 137);
    await task.shutdown({ id }, { timeoutMs }).catch(() => {});
    await shim.connection.closed;

    assert.deepEqual(
      events.map(({ topic }) => topic),
      ["/tasks/create", "/tasks/start", "/tasks/exit", "/tasks/delete"],
    );
    assert.ok(events.every(({ namespace }) => namespace === NAMESPACE));
    const created = events[0]?.event;
    assert.equal(created?.typeUrl, "containerd.events.TaskCreate");
    assert.equal(fromBinary(TaskCreateSchema, created.value).pid, pid);
  },
);
