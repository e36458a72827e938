import assert from "node:assert/strict";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import { AnySchema } from "@bufbuild/protobuf/wkt";
import { BootstrapParamsSchema } from "@davit/api/runtime/bootstrap";
import { TaskExitSchema } from "@davit/api/events";
import {
  isAlreadyExists,
  isCanceled,
  isFailedPrecondition,
  isNotImplemented,
  wireMessage,
} from "@davit/errdefs";
import { isShimClosed, type StartShimRequest } from "@davit/runtime";
import { ZERO_TIME } from "@davit/time";
import { unpackAny } from "@davit/typeurl";
import { Code, TtrpcError } from "ttrpc-node";
import { publishDelete, publishExit } from "./exit-events.ts";
import { FAKE_EXIT, fakeShim, serveTask, type FakeCommands } from "./testing/fake-shim.ts";
import { memoryMetadata } from "./testing/memory.ts";
import { startRig, type Rig } from "./testing/rig.ts";
import { eventually } from "./testing/temporary.ts";

const protobufAnswer = (address: string): string =>
  `printf '\\010\\003\\022\\0${address.length.toString(8)}%s\\032\\005ttrpc' '${address}'`;

/** A rig with a fake shim, whose task service answers on a socket of this process. */
async function fake(commands: FakeCommands = {}): Promise<{
  rig: Rig;
  binary: string;
  socket: string;
  calls: () => Promise<string[]>;
  request: StartShimRequest;
}> {
  const rig = await startRig();
  const folder = join(rig.path, "shim");
  await mkdir(folder);
  const socket = join(rig.path, "task.sock");
  const start = protobufAnswer(`unix://${socket}`);
  const binary = await fakeShim(folder, { start, ...commands });
  const calls = async (): Promise<string[]> =>
    (await readFile(join(folder, "calls"), "utf8").catch(() => "")).split("\n").filter(Boolean);
  const request = { id: "c1", folders: rig.folders, runtime: binary };
  return { rig, binary, socket, calls, request };
}

async function failure(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => assert.fail("resolved"),
    (error: unknown) => wireMessage(error),
  );
}

test("start is called as containerd calls it", async () => {
  const { rig, binary, socket, calls, request } = await fake();
  await using _ = rig;
  await using _server = await serveTask(socket, {});
  const options = { namespace: rig.namespace };
  const manager = rig.manager({ env: ["EXTRA=a=b", "GOMAXPROCS=9"] });
  const runc = { typeUrl: "containerd.runc.v1.Options", value: Uint8Array.of(8, 1) };
  const shim = await manager.start({ ...request, options: runc }, options);
  const dir = join(rig.path, "shim");
  const { namespace, grpcAddress } = rig;
  assert.deepEqual(await calls(), [
    `start ${binary} -namespace ${namespace} -address ${grpcAddress} -publish-binary ${process.execPath} -id c1 start`,
  ]);
  assert.equal((await readFile(join(dir, "start.cwd"), "utf8")).trim(), shim.bundle.path);
  const env = (await readFile(join(dir, "start.env"), "utf8")).split("\n");
  for (const entry of [
    "EXTRA=a=b",
    "GOMAXPROCS=9",
    "MAX_SHIM_VERSION=2",
    `TTRPC_ADDRESS=${grpcAddress}.ttrpc`,
    `GRPC_ADDRESS=${grpcAddress}`,
    `NAMESPACE=${namespace}`,
  ])
    assert.ok(env.includes(entry), entry);
  const params = fromBinary(BootstrapParamsSchema, await readFile(join(dir, "start.stdin")));
  assert.deepEqual(
    [params.instanceId, params.namespace, params.containerdVersion],
    ["c1", namespace, "1.2.3"],
  );
  assert.equal(params.socketDir, join(rig.path, "s"));
  assert.equal(params.extensions[0]?.value?.typeUrl, runc.typeUrl);
});

test("with a log level of debug the shim is told so", async () => {
  const { rig, socket, calls, request } = await fake();
  await using _ = rig;
  await using _server = await serveTask(socket, {});
  const daemon = {
    grpcAddress: "/g",
    ttrpcAddress: "/t",
    version: "",
    executable: "/e",
    logLevel: "debug",
  } as const;
  await rig.manager({ daemon }).start(request, { namespace: rig.namespace });
  assert.match((await calls())[0] ?? "", / -id c1 -debug start$/);
});

test("a bundle has its files once the shim is connected, and none after a start that failed", async () => {
  const { rig, binary, socket, request } = await fake();
  await using _ = rig;
  await using _server = await serveTask(socket, {});
  const options = { namespace: rig.namespace };
  const spec = { typeUrl: "x", value: new TextEncoder().encode("{}") };
  const manager = rig.manager();
  const { bundle, endpoint } = await manager.start({ ...request, spec }, options);
  assert.deepEqual((await readdir(bundle.path)).toSorted(), [
    "bootstrap.json",
    "config.json",
    "log",
    "rootfs",
    "shim-binary-path",
    "work",
  ]);
  assert.equal(await readFile(join(bundle.path, "shim-binary-path"), "utf8"), binary);
  assert.equal((await stat(join(bundle.path, "shim-binary-path"))).mode & 0o777, 0o600);
  assert.ok((await stat(join(bundle.path, "log"))).isFIFO());
  assert.deepEqual(JSON.parse(await readFile(join(bundle.path, "bootstrap.json"), "utf8")), {
    version: 3,
    address: `unix://${socket}`,
    protocol: "ttrpc",
  });
  assert.equal(endpoint.version, 3);

  await assert.rejects(manager.start({ ...request, id: "c2", runtime: "/bin/false" }, options));
  assert.deepEqual(await readdir(join(rig.folders.state, rig.namespace)), ["c1"]);
  assert.deepEqual(await readdir(join(rig.folders.root, rig.namespace)), ["c1"]);
});

test("a start that fails says what the shim said, and how it ended", async () => {
  const cases: readonly (readonly [start: string, text: RegExp])[] = [
    ["echo out; echo err >&2; exit 3", /^start failed: out\nerr: exit status 3$/],
    ["exit 1", /^start failed: exit status 1$/],
    ["kill -9 $$", /^start failed: signal: SIGKILL$/],
    ["printf '{\"version\":4}'", /^start failed: unsupported shim version \(4\): not implemented$/],
    [
      'printf \'{"version":3,"address":"unix:///x","protocol":"http"}\'',
      /^start failed: unexpected protocol: "http"$/,
    ],
    ['printf \'{"version":3,"address":"unix:///x"}\'', /^start failed: unexpected protocol: ""$/],
    [":", /^start failed: unexpected protocol: ""$/],
    ["echo unix:///nonexistent/socket", /^start failed: connect ENOENT/],
    [
      "echo vsock://2:1024",
      /^start failed: shim address "vsock:\/\/2:1024": sockets of virtual machines \(vsock\) cannot be reached/,
    ],
    [
      'printf \'{"version":2,"address":"hvsock:///x:1","protocol":"ttrpc"}\'',
      /\(hvsock\) cannot be reached from here: not implemented$/,
    ],
  ];
  for (const [start, text] of cases) {
    const { rig, request } = await fake({ start });
    await using _ = rig;
    assert.match(await failure(rig.manager().start(request, { namespace: rig.namespace })), text);
    assert.deepEqual(await readdir(join(rig.folders.state, rig.namespace)), []);
  }
});

test("a runtime that is not there is told before anything is made", async () => {
  const { rig, request } = await fake();
  await using _ = rig;
  const manager = rig.manager();
  assert.match(
    await failure(manager.start({ ...request, runtime: "io.x.none.v1" }, { namespace: rig.namespace })),
    /^failed to resolve runtime path: runtime "io.x.none.v1" binary not installed "containerd-shim-none-v1": file does not exist$/,
  );
  await assert.rejects(manager.start(request, { namespace: "" }), isFailedPrecondition);
  assert.deepEqual(await readdir(rig.folders.state), []);
});

test("an abstract socket is reached by its name", async () => {
  const name = `davit-shim-manager-${process.pid}`;
  const { rig, request } = await fake({ start: `echo ${name}` });
  await using _ = rig;
  await using _server = await serveTask(`\0${name}`, { connect: () => ({ taskPid: 5 }) }, 2);
  const options = { namespace: rig.namespace };
  const shim = await rig.manager().start(request, options);
  assert.equal((await shim.task.connect({ id: "c1" }, options)).taskPid, 5);
});

test("an id is given once, also to starts at the same time", async () => {
  const { rig, socket, request } = await fake();
  await using _ = rig;
  await using _server = await serveTask(socket, {});
  const options = { namespace: rig.namespace };
  const manager = rig.manager();
  const both = await Promise.allSettled([manager.start(request, options), manager.start(request, options)]);
  assert.deepEqual(both.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
  await assert.rejects(manager.start(request, options), (error) => {
    assert.equal(wireMessage(error), "task c1: already exists");
    return isAlreadyExists(error);
  });
  await manager.start(request, { namespace: `${rig.namespace}-other` });
  assert.equal(manager.list().length, 2);
  assert.equal(manager.list(rig.namespace).length, 1);
});

test("a shim that refuses BootstrapParams is started with options alone, and is remembered", async () => {
  const refuse = `if grep -q c1 "$dir/start.stdin"; then echo 'io.containerd.runc.v2: type with url c1: not found' >&2; exit 1; fi`;
  const rig = await startRig();
  await using _ = rig;
  const socket = join(rig.path, "task.sock");
  await using _server = await serveTask(socket, {}, 2);
  const binary = await fakeShim(rig.path, { start: `${refuse}; echo unix://${socket}` });
  const options = { namespace: rig.namespace };
  const manager = rig.manager();
  const runc = { typeUrl: "containerd.runc.v1.Options", value: Uint8Array.of(8, 1) };
  const request = { folders: rig.folders, runtime: binary, options: runc };
  await manager.start({ ...request, id: "c1" }, options);
  assert.deepEqual(
    fromBinary(AnySchema, await readFile(join(rig.path, "start.stdin"))).typeUrl,
    runc.typeUrl,
  );
  await manager.start({ ...request, id: "c2" }, options);
  const calls = (await readFile(join(rig.path, "calls"), "utf8")).trim().split("\n");
  assert.deepEqual(
    calls.map((call) => / -id (\w+) /.exec(call)?.[1]),
    ["c1", "c1", "c2"],
  );
});

test("a caller that gives up ends the shim's start", async () => {
  const { rig, request } = await fake({ start: "sleep 1000" });
  await using _ = rig;
  const controller = new AbortController();
  const started = rig.manager().start(request, { namespace: rig.namespace, signal: controller.signal });
  await eventually("the call", async () => (await readdir(join(rig.path, "shim"))).includes("start.stdin"));
  controller.abort();
  await assert.rejects(started, (error) => {
    assert.match(wireMessage(error), /^start failed: shim killed after context canceled/);
    return isCanceled(error);
  });
  assert.deepEqual(await readdir(join(rig.folders.state, rig.namespace)), []);
});

test("what a child of the shim keeps open is not waited for", async () => {
  const rig = await startRig();
  await using _ = rig;
  const socket = join(rig.path, "task.sock");
  await using _server = await serveTask(socket, {}, 2);
  const binary = await fakeShim(rig.path, {
    start: `echo unix://${socket}; sleep 1000 & echo $! > "$dir/pid"`,
  });
  rig.defer(async () => process.kill(Number(await readFile(join(rig.path, "pid"), "utf8")), "SIGKILL"));
  const before = Date.now();
  await rig
    .manager()
    .start({ id: "c1", folders: rig.folders, runtime: binary }, { namespace: rig.namespace });
  assert.ok(Date.now() - before < 10_000);
});

test("the log of a shim is copied to the daemon's", async () => {
  const { rig, socket, request } = await fake({
    start: `(echo "hello from the shim" > log) & wait; ${protobufAnswer(`unix://S`)}`,
  });
  await using _ = rig;
  await using _server = await serveTask(socket, {});
  await rig
    .manager()
    .start(request, { namespace: rig.namespace })
    .catch(() => {});
  await eventually("the log", () => rig.logged().includes("hello from the shim\n"));
});

test("a call carries the namespace and the trace, and its errors are the daemon's own", async () => {
  const { rig, socket, request } = await fake();
  await using _ = rig;
  const seen: unknown[] = [];
  await using _server = await serveTask(socket, {
    connect(_request, { metadata }) {
      seen.push(metadata.get("containerd-namespace-ttrpc"), metadata.get("traceparent"));
      return {};
    },
    state() {
      throw new TtrpcError(Code.NotFound, "container not created: not found");
    },
  });
  const options = { namespace: rig.namespace, trace: { traceparent: "00-1-2-3" } };
  const shim = await rig.manager().start(request, options);
  await shim.task.connect({ id: "c1" }, options);
  assert.deepEqual(seen, [[rig.namespace], ["00-1-2-3"]]);
  await assert.rejects(shim.task.state({ id: "c1" }, options), {
    name: "NotFoundError",
    message: "container not created: not found",
  });
});

test("a shim that says 3 and speaks 2 is taken at its deeds, also after a restart", async () => {
  const { rig, socket, request } = await fake();
  await using _ = rig;
  await using _server = await serveTask(
    socket,
    { connect: () => ({ taskPid: 7 }), state: () => ({ pid: 7 }) },
    2,
  );
  const options = { namespace: rig.namespace };
  const manager = rig.manager();
  const shim = await manager.start(request, options);
  assert.equal((await shim.task.connect({ id: "c1" }, options)).taskPid, 7);
  assert.equal(shim.endpoint.version, 2);
  await assert.rejects(shim.task.stats({ id: "c1" }, options), isNotImplemented);
  const file = join(shim.bundle.path, "bootstrap.json");
  await eventually("bootstrap.json", async () => JSON.parse(await readFile(file, "utf8")).version === 2);
});

test("when a shim is lost its delete command runs, and its exit is told", async () => {
  const { rig, socket, calls, request } = await fake();
  await using _ = rig;
  const server = await serveTask(socket, { create: () => ({ pid: 1 }) });
  const options = { namespace: rig.namespace };
  const manager = rig.manager();
  const shim = await manager.start(request, options);
  await server.close();
  await shim.closed;
  assert.match((await calls())[1] ?? "", new RegExp(` -id c1 -bundle ${shim.bundle.path} delete$`));
  assert.deepEqual(manager.list(), []);
  await assert.rejects(stat(shim.bundle.path), { code: "ENOENT" });
  assert.deepEqual(
    rig.events.all.map(({ topic, namespace }) => [topic, namespace]),
    [
      ["/tasks/exit", rig.namespace],
      ["/tasks/delete", rig.namespace],
    ],
  );
  const [exit] = rig.events.all;
  assert.ok(exit?.event);
  const { containerId, id, pid, exitStatus, exitedAt } = unpackAny(exit.event, TaskExitSchema);
  assert.deepEqual([containerId, id, pid, exitStatus], ["c1", "c1", FAKE_EXIT.pid, FAKE_EXIT.status]);
  assert.equal(exitedAt?.nanos, 5);
  await assert.rejects(shim.task.create({ id: "c1" }, options), (error) => {
    assert.ok(isShimClosed(error));
    assert.equal(wireMessage(error), "ttrpc: closed");
    return true;
  });
});

test("when the delete command fails the exit is 255, and the bundle stays for another attempt", async () => {
  const { rig, socket, calls, request } = await fake({ delete: "exit 1" });
  await using _ = rig;
  const server = await serveTask(socket, {});
  const options = { namespace: rig.namespace };
  const manager = rig.manager();
  const shim = await manager.start(request, options);
  await server.close();
  await shim.closed;
  const event = rig.events.all[0]?.event;
  assert.ok(event);
  const { pid, exitStatus } = unpackAny(event, TaskExitSchema);
  assert.deepEqual([pid, exitStatus], [0, 255]);
  await stat(shim.bundle.path);

  // The next start with this id begins with it.
  await fakeShim(join(rig.path, "shim"), { start: protobufAnswer(`unix://${socket}`) });
  await using _again = await serveTask(`${socket}2`, {});
  await assert.rejects(manager.start(request, options), /start failed/); // nobody listens at the first socket
  assert.deepEqual(
    (await calls()).map((call) => call.split(" ")[0]),
    ["start", "delete", "delete", "start", "delete"],
  );
});

test("an exit that the delete command told is told on, though the bundle cannot be removed", async () => {
  const { rig, socket, request } = await fake({ delete: 'rmdir rootfs; : > rootfs; cat "$dir/deleted"' });
  await using _ = rig;
  const server = await serveTask(socket, {});
  const shim = await rig.manager().start(request, { namespace: rig.namespace });
  await server.close();
  await shim.closed;
  await stat(shim.bundle.path);
  const event = rig.events.all[0]?.event;
  assert.ok(event);
  const { pid, exitStatus } = unpackAny(event, TaskExitSchema);
  assert.deepEqual([pid, exitStatus], [FAKE_EXIT.pid, FAKE_EXIT.status]);
});

test("a delete command that hangs is given up", async () => {
  const { rig, socket, request } = await fake({ delete: "sleep 1000" });
  await using _ = rig;
  const server = await serveTask(socket, {});
  const shim = await rig
    .manager({ timeouts: { cleanupMs: 200 } })
    .start(request, { namespace: rig.namespace });
  await server.close();
  await shim.closed;
  assert.equal(rig.events.all.length, 2);
});

test("a container whose shim deleted it ends without the delete command, and in silence", async () => {
  const { rig, socket, calls, request } = await fake();
  await using _ = rig;
  const called: string[] = [];
  const server = await serveTask(socket, {
    shutdown() {
      called.push("shutdown");
      setTimeout(() => void server.close(), 20);
      return {};
    },
  });
  const shim = await rig.manager().start(request, { namespace: rig.namespace });
  await shim.remove({ deleted: true });
  assert.deepEqual([called, (await calls()).length, rig.events.all], [["shutdown"], 1, []]);
  await assert.rejects(stat(shim.bundle.path), { code: "ENOENT" });
});

const EXIT = { pid: 5, status: 3, exitedAt: 7n };

test("what a shim has not told of the end it answered is told when it is gone", async () => {
  const { rig, socket, request } = await fake();
  await using _ = rig;
  const server = await serveTask(socket, {
    shutdown() {
      setTimeout(() => void server.close(), 20);
      return {};
    },
  });
  const manager = rig.manager();
  const shim = await manager.start(request, { namespace: rig.namespace });
  await publishDelete(rig.events, { namespace: rig.namespace, id: "c1", exit: EXIT }); // this much it did tell
  await shim.remove({ deleted: true, exit: EXIT });
  assert.deepEqual(
    rig.events.all.map(({ topic }) => topic),
    ["/tasks/delete", "/tasks/exit"],
  );
  const event = rig.events.all[1]?.event;
  assert.ok(event);
  const { containerId, pid, exitStatus, exitedAt } = unpackAny(event, TaskExitSchema);
  assert.deepEqual([containerId, pid, exitStatus, exitedAt?.nanos], ["c1", 5, 3, 7]);
});

test("a shim that tells its end late is given the time, and is not repeated", async () => {
  const { rig, socket, request } = await fake();
  await using _ = rig;
  const order: string[] = [];
  const server = await serveTask(socket, {
    shutdown() {
      order.push("shutdown");
      setTimeout(() => void server.close(), 20);
      return {};
    },
  });
  const shim = await rig.manager().start(request, { namespace: rig.namespace });
  const removed = shim.remove({ deleted: true, exit: EXIT });
  await new Promise((resolve) => setTimeout(resolve, 50));
  await publishExit(rig.events, { namespace: rig.namespace, id: "c1", exit: EXIT });
  order.push("exit");
  await publishDelete(rig.events, { namespace: rig.namespace, id: "c1", exit: EXIT });
  await removed;
  assert.deepEqual(order, ["exit", "shutdown"]);
  assert.equal(rig.events.all.length, 2);
});

test("of a container that never ran only the deletion is told", async () => {
  const { rig, socket, request } = await fake();
  await using _ = rig;
  const server = await serveTask(socket, {
    shutdown() {
      setTimeout(() => void server.close(), 20);
      return {};
    },
  });
  const shim = await rig.manager().start(request, { namespace: rig.namespace });
  await shim.remove({ deleted: true, exit: { ...EXIT, exitedAt: ZERO_TIME } });
  assert.deepEqual(
    rig.events.all.map(({ topic }) => topic),
    ["/tasks/delete"],
  );
});

test("a shim that does not end is left after a while", async () => {
  const { rig, socket, request } = await fake();
  await using _ = rig;
  await using _server = await serveTask(socket, { shutdown: () => new Promise(() => {}) });
  const manager = rig.manager({ timeouts: { shutdownMs: 100 } });
  const shim = await manager.start(request, { namespace: rig.namespace });
  await shim.remove({ deleted: true });
  assert.deepEqual(manager.list(), []);
});

test("a start with the id of a task that is being deleted waits for the end of it", async () => {
  const { rig, socket, calls, request } = await fake();
  await using _ = rig;
  await using _server = await serveTask(socket, { shutdown: () => new Promise(() => {}) });
  const manager = rig.manager({ timeouts: { shutdownMs: 200 } });
  const options = { namespace: rig.namespace };
  const first = await manager.start(request, options);
  const removed = first.remove({ deleted: true });
  const second = await manager.start(request, options);
  await removed;
  assert.equal(manager.get(rig.namespace, "c1"), second);
  await stat(join(second.bundle.path, "bootstrap.json"));
  assert.equal((await calls()).length, 2);
});

test("one that serves another container is not waited for", async () => {
  const { rig, socket, request } = await fake();
  await using _ = rig;
  await using _server = await serveTask(socket, { shutdown: () => ({}) });
  const manager = rig.manager();
  const options = { namespace: rig.namespace };
  const first = await manager.start(request, options);
  await manager.start({ ...request, id: "c2" }, options);
  const before = Date.now();
  await first.remove({ deleted: true });
  assert.ok(Date.now() - before < 2000);
  assert.equal(manager.list().length, 1);
});

test("stopping the daemon leaves shims, bundles and silence", async () => {
  const { rig, socket, calls, request } = await fake();
  await using _ = rig;
  await using _server = await serveTask(socket, {});
  const manager = rig.manager();
  const shim = await manager.start(request, { namespace: rig.namespace });
  await manager[Symbol.asyncDispose]();
  assert.deepEqual([(await calls()).length, rig.events.all.length], [1, 0]);
  await stat(shim.bundle.path);
});

test("a container joins the shim of its sandbox without a binary", async () => {
  const { rig, socket, calls, request } = await fake();
  await using _ = rig;
  const shutdowns: string[] = [];
  await using _server = await serveTask(socket, {
    connect: () => ({ taskPid: 9 }),
    shutdown: ({ id }) => (shutdowns.push(id), {}),
  });
  const options = { namespace: rig.namespace };
  const manager = rig.manager({ metadata: memoryMetadata({ sandboxes: ["pod"] }) });
  const joining = { ...request, id: "c2", sandboxId: "pod" };
  assert.match(await failure(manager.start(joining, options)), /can't find shim for sandbox pod$/);
  await manager.start({ ...request, id: "pod" }, options);
  const shim = await manager.start(joining, options);
  assert.equal((await calls()).length, 1);
  assert.equal(await readFile(join(shim.bundle.path, "sandbox"), "utf8"), "pod");
  assert.equal((await shim.task.connect({ id: "c2" }, options)).taskPid, 9);
  await shim.remove({ deleted: true });
  assert.deepEqual(shutdowns, []);

  const taskApi = { address: `ttrpc+unix://${socket}`, version: 3 };
  await manager.start({ ...joining, taskApi }, options);
  const bad = { address: socket, version: 3 };
  assert.match(
    await failure(manager.start({ ...joining, id: "c3", taskApi: bad }, options)),
    /scheme of a sandbox address/,
  );
});

test("a container of a sandbox that nobody knows, or that speaks 2, has a shim of its own", async () => {
  const { rig, socket, calls, request } = await fake();
  await using _ = rig;
  await using _server = await serveTask(socket, {});
  const manager = rig.manager({ metadata: memoryMetadata({ sandboxes: ["old"] }) });
  const options = { namespace: rig.namespace };
  await manager.start({ ...request, sandboxId: "unknown" }, options);
  const taskApi = { address: `ttrpc+unix://${socket}`, version: 2 };
  await manager.start({ ...request, id: "c2", sandboxId: "old", taskApi }, options);
  assert.equal((await calls()).length, 2);
});

test("-info is asked once, with the options, and again after it failed", async () => {
  const info = `if [ -e "$dir/ready" ]; then printf '\\012\\004fake'; else echo no >&2; exit 2; fi`;
  const { rig, binary, calls } = await fake({ info });
  await using _ = rig;
  const manager = rig.manager();
  const options = { typeUrl: "x", value: Uint8Array.of(1) };
  assert.equal(
    await failure(manager.runtimeInfo(binary, { options })),
    `failed to run [${binary} -info]: exit status 2 (stderr: "no\\n")`,
  );
  await writeFile(join(rig.path, "shim/ready"), "");
  const all = await Promise.all([1, 2].map(() => manager.runtimeInfo(binary, { options })));
  assert.deepEqual(
    all.map(({ name }) => name),
    ["fake", "fake"],
  );
  assert.equal(fromBinary(AnySchema, await readFile(join(rig.path, "shim/-info.stdin"))).typeUrl, "x");
  assert.equal((await calls()).length, 2);
  await manager.runtimeInfo(binary, {});
  assert.deepEqual((await calls())[2], `-info ${binary} -info`);
  assert.equal((await readFile(join(rig.path, "shim/-info.cwd"), "utf8")).trim(), process.cwd());
});
