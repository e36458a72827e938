import assert from "node:assert/strict";
import { test } from "node:test";
import { create, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { CheckpointOptionsSchema, OptionsSchema } from "@davit/api/runc";
import { Status } from "@davit/api/types/task";
import { NotFoundError, UnavailableError, UnknownError } from "@davit/errdefs";
import type { ProcessState, TaskMonitor } from "@davit/runtime";
import { ZERO_TIME } from "@davit/time";
import { CHECKPOINT_MEDIA_TYPE } from "./options.ts";
import { failure, options, SPEC, startService } from "./testing/fixture.ts";

const RUNNING: ProcessState = {
  pid: 5,
  status: "running",
  stdin: "",
  stdout: "/out",
  stderr: "",
  terminal: false,
  exitStatus: 0,
  exitedAt: ZERO_TIME,
};
const runc = (init: MessageInitShape<typeof OptionsSchema>): { typeUrl: string; value: Uint8Array } => ({
  typeUrl: OptionsSchema.typeName,
  value: toBinary(OptionsSchema, create(OptionsSchema, init)),
});
const checkpointTo = (imagePath: string): { typeUrl: string; value: Uint8Array } => ({
  typeUrl: CheckpointOptionsSchema.typeName,
  value: toBinary(CheckpointOptionsSchema, create(CheckpointOptionsSchema, { imagePath })),
});

test("create() makes the task of its container and answers the pid", async () => {
  const watched: unknown[] = [];
  const monitor: TaskMonitor = {
    monitor: async ({ id }, labels) => void watched.push([id, labels]),
    stop: async () => {},
  };
  await using fixture = await startService({
    monitor,
    containers: {
      c1: {
        runtime: { name: "io.containerd.runc.v2", options: { typeUrl: "o", value: Uint8Array.of(1) } },
        sandboxId: "pod",
      },
    },
  });
  const { client, runtime } = fixture;
  const rootfs = [{ type: "bind", source: "/a", target: "", options: ["ro"] }];
  const request = { containerId: "c1", stdin: "i", stdout: "o", stderr: "e", terminal: true, rootfs };
  const taskApi = { taskApiAddress: "ttrpc+unix:///x", taskApiVersion: 3 };
  const { containerId, pid } = await client.create({ ...request, ...taskApi }, options);
  assert.deepEqual([containerId, pid], ["c1", 42]);
  const [created] = runtime.created;
  assert.deepEqual(created, {
    stdio: { stdin: "i", stdout: "o", stderr: "e", terminal: true },
    spec: SPEC,
    rootfs,
    runtime: "io.containerd.runc.v2",
    runtimeOptions: { typeUrl: "o", value: Uint8Array.of(1) },
    taskOptions: undefined,
    checkpoint: "",
    sandboxId: "pod",
    taskApi: { address: "ttrpc+unix:///x", version: 3 },
  });
  assert.deepEqual(watched, [["c1", { runtime: "io.containerd.runc.v2" }]]);
});

test("create() looks for the container, reads the options, then the checkpoint, then looks for a task", async () => {
  await using fixture = await startService();
  const { client, runtime } = fixture;
  const bad = { typeUrl: "foo", value: Uint8Array.of(1) };
  const checkpoint = { mediaType: "text/plain", digest: "", size: 0n };
  assert.deepEqual(await failure(client.create({ containerId: "x", options: bad }, options)), [
    5,
    'container "x" in namespace "default": not found',
  ]);
  runtime.add("c1");
  const all = { containerId: "c1", options: bad, checkpoint };
  assert.deepEqual(await failure(client.create(all, options)), [2, "type with url foo: not found"]);
  const known = { typeUrl: "containerd.types.Mount", value: new Uint8Array() };
  assert.deepEqual(await failure(client.create({ ...all, options: known }, options)), [
    2,
    "invalid task create option for io.containerd.runc.v2",
  ]);
  const good = { ...all, options: runc({}) };
  assert.deepEqual(await failure(client.create(good, options)), [
    2,
    'unsupported checkpoint type "text/plain"',
  ]);
  const stored = { ...checkpoint, mediaType: CHECKPOINT_MEDIA_TYPE };
  assert.equal((await failure(client.create({ ...good, checkpoint: stored }, options)))[0], 12);
  assert.deepEqual(await failure(client.create({ ...good, checkpoint: undefined }, options)), [
    6,
    "task c1: already exists",
  ]);
  assert.equal(runtime.created.length, 0);
});

test("create() takes runtime_path in place of the name, and what runc's options say", async () => {
  await using fixture = await startService();
  const { client, runtime, emitted } = fixture;
  const any = runc({ criuImagePath: "/image", taskApiAddress: "ttrpc+unix:///x", taskApiVersion: 2 });
  await client.create({ containerId: "c1", runtimePath: "/bin/shim", options: any }, options);
  const [created] = runtime.created;
  assert.deepEqual(
    [created?.runtime, created?.checkpoint, created?.taskOptions?.typeUrl, created?.taskApi],
    ["/bin/shim", "/image", OptionsSchema.typeName, { address: "ttrpc+unix:///x", version: 2 }],
  );
  assert.deepEqual(emitted, [
    "io.containerd.deprecation/runc-options-task-api-address",
    "io.containerd.deprecation/runc-options-task-api-version",
  ]);
});

test("a call needs a namespace, a container and a task, in this order", async () => {
  await using fixture = await startService();
  const { client } = fixture;
  const calls = [
    client.start,
    client.delete,
    client.deleteProcess,
    client.get,
    client.kill,
    client.resizePty,
    client.closeIO,
    client.pause,
    client.resume,
    client.listPids,
    client.checkpoint,
    client.update,
    client.wait,
    (request: { containerId: string }, more: object) => client.exec({ ...request, execId: "e" }, more),
  ];
  for (const call of calls) {
    assert.deepEqual(await failure(call({ containerId: "c1" }, {})), [
      9,
      "namespace is required: failed precondition",
    ]);
    assert.deepEqual(await failure(call({ containerId: "x" }, options)), [
      5,
      'container "x" in namespace "default": not found',
    ]);
    assert.deepEqual(await failure(call({ containerId: "c1" }, options)), [5, "task c1 not found"]);
  }
  assert.deepEqual(await failure(client.list({}, {})), [9, "namespace is required: failed precondition"]);
});

test("start() answers the pid that State tells afterwards", async () => {
  await using fixture = await startService();
  const { client, runtime } = fixture;
  runtime.add("c1", { state: () => RUNNING });
  assert.equal((await client.start({ containerId: "c1", execId: "e1" }, options)).pid, 5);
  assert.deepEqual(runtime.calls, [
    ["start", { execId: "e1" }],
    ["state", { execId: "e1" }],
  ]);
});

test("get() tells a process by its own id", async () => {
  await using fixture = await startService();
  const { client, runtime } = fixture;
  runtime.add("c1", { state: () => RUNNING });
  const { process: init } = await client.get({ containerId: "c1" }, options);
  assert.deepEqual(
    [init?.id, init?.containerId, init?.pid, init?.status, init?.stdout],
    ["c1", "", 5, Status.RUNNING, "/out"],
  );
  assert.equal(init?.exitedAt?.seconds, -62135596800n);
  assert.equal((await client.get({ containerId: "c1", execId: "e1" }, options)).process?.id, "e1");
});

test("list() leaves out tasks that are gone or do not answer, and ignores the filter", async () => {
  await using fixture = await startService();
  const { client, runtime } = fixture;
  const fails = (error: unknown) => ({
    state: () => {
      throw error;
    },
  });
  runtime.add("c1", { state: () => RUNNING });
  runtime.add("gone", fails(new NotFoundError("")));
  runtime.add("away", fails(new UnavailableError("x")));
  runtime.add("late", fails(new DOMException("late", "TimeoutError")));
  runtime.add("other", { state: () => RUNNING }, "other");
  const { tasks } = await client.list({ filter: "id==nothing" }, options);
  assert.deepEqual(
    tasks.map(({ id }) => id),
    ["c1"],
  );
});

test("delete() answers the exit of init with an empty id", async () => {
  const stopped: string[] = [];
  const monitor: TaskMonitor = { monitor: async () => {}, stop: async ({ id }) => void stopped.push(id) };
  await using fixture = await startService({ monitor });
  const { client, runtime } = fixture;
  runtime.add("c1");
  const { id, pid, exitStatus, exitedAt } = await client.delete({ containerId: "c1" }, options);
  assert.deepEqual([id, pid, exitStatus, exitedAt?.nanos], ["", 5, 3, 7]);
  assert.deepEqual(stopped, ["c1"]);
  runtime.deleted = new Error("failed to delete task", {
    cause: new UnknownError("cannot delete a running process"),
  });
  assert.deepEqual(await failure(client.delete({ containerId: "c1" }, options)), [
    2,
    "failed to delete task: cannot delete a running process",
  ]);
});

test("deleteProcess() is for execs alone", async () => {
  await using fixture = await startService();
  const { client, runtime } = fixture;
  runtime.add("c1", { deleteExec: () => ({ pid: 6, status: 1, exitedAt: 8n }) });
  const { id, pid, exitStatus } = await client.deleteProcess({ containerId: "c1", execId: "e1" }, options);
  assert.deepEqual([id, pid, exitStatus], ["e1", 6, 1]);
  assert.equal((await failure(client.deleteProcess({ containerId: "c1" }, options)))[0], 3);
});

test("exec() needs an id before all else", async () => {
  await using fixture = await startService();
  const { client, runtime } = fixture;
  assert.deepEqual(await failure(client.exec({ containerId: "none" }, options)), [
    3,
    "exec id cannot be empty",
  ]);
  runtime.add("c1");
  const spec = { typeUrl: "p", value: Uint8Array.of(1) };
  await client.exec({ containerId: "c1", execId: "e1", stdout: "/o", terminal: true, spec }, options);
  const [, request] = runtime.calls[0] as [string, Record<string, unknown>];
  assert.deepEqual(
    [request["execId"], request["stdout"], request["terminal"], (request["spec"] as typeof spec).typeUrl],
    ["e1", "/o", true, "p"],
  );
});

test("what concerns a process goes to its task", async () => {
  await using fixture = await startService();
  const { client, runtime } = fixture;
  const info = { typeUrl: "i", value: Uint8Array.of(1) };
  runtime.add("c1", {
    pids: () => [{ pid: 1 }, { pid: 2, info }],
    wait: () => ({ pid: 0, status: 143, exitedAt: 9n }),
  });
  const containerId = "c1";
  await client.kill({ containerId, execId: "e1", signal: 9, all: true }, options);
  await client.resizePty({ containerId, width: 80, height: 24 }, options);
  await client.closeIO({ containerId, stdin: false }, options);
  await client.closeIO({ containerId, execId: "e1", stdin: true }, options);
  await client.pause({ containerId }, options);
  await client.resume({ containerId }, options);
  await client.update({ containerId, annotations: { a: "b" } }, options);
  const { processes } = await client.listPids({ containerId }, options);
  assert.deepEqual(
    processes.map(({ pid, info }) => [pid, info?.typeUrl]),
    [
      [1, undefined],
      [2, "i"],
    ],
  );
  const { exitStatus, exitedAt } = await client.wait({ containerId, execId: "e1" }, options);
  assert.deepEqual([exitStatus, exitedAt?.nanos], [143, 9]);
  assert.deepEqual(runtime.calls, [
    ["kill", { execId: "e1", signal: 9, all: true }],
    ["resizePty", { execId: "", width: 80, height: 24 }],
    ["closeStdin", { execId: "e1" }],
    ["pause"],
    ["resume"],
    ["update", { resources: undefined, annotations: { a: "b" } }],
    ["pids"],
    ["wait", { execId: "e1" }],
  ]);
});

test("checkpoint() writes to the path that the options name, and nowhere else", async () => {
  await using fixture = await startService();
  const { client, runtime } = fixture;
  runtime.add("c1");
  const call = (any?: { typeUrl: string; value: Uint8Array }): Promise<unknown> =>
    client.checkpoint({ containerId: "c1", options: any }, options);
  assert.deepEqual(await failure(call({ typeUrl: "foo", value: new Uint8Array() })), [
    2,
    "type with url foo: not found",
  ]);
  assert.deepEqual(await failure(call(runc({}))), [
    2,
    "invalid task checkpoint option for io.containerd.runc.v2",
  ]);
  for (const any of [undefined, checkpointTo("")]) assert.equal((await failure(call(any)))[0], 12);
  assert.equal(runtime.calls.length, 0);
  assert.deepEqual(
    (await client.checkpoint({ containerId: "c1", options: checkpointTo("/image") }, options)).descriptors,
    [],
  );
  const [, request] = runtime.calls[0] as [string, { readonly path: string }];
  assert.equal(request.path, "/image");
});

test("options whose bytes are no message of theirs are refused", async () => {
  await using fixture = await startService();
  const broken = { typeUrl: OptionsSchema.typeName, value: Uint8Array.of(0x32, 200) };
  const [code] = await failure(fixture.client.create({ containerId: "c1", options: broken }, options));
  assert.equal(code, 2);
});

test("metrics() measures the tasks that match, and skips those that cannot be measured", async () => {
  await using fixture = await startService();
  const { client, runtime } = fixture;
  const stats = { typeUrl: "io.containerd.cgroups.v1.Metrics", value: Uint8Array.of(1) };
  assert.deepEqual((await client.metrics({}, options)).metrics, []);
  runtime.add("c1", { stats: () => stats });
  runtime.add("c2", { stats: () => stats });
  runtime.add("gone", {
    stats: () => {
      throw new NotFoundError("cgroup does not exist");
    },
  });
  const ids = async (...filters: string[]): Promise<string[]> =>
    (await client.metrics({ filters }, options)).metrics.map(({ id }) => id);
  assert.deepEqual(await ids(), ["c1", "c2"]);
  assert.deepEqual(await ids("id==c2", "id==none"), ["c2"]);
  assert.deepEqual(await ids("namespace==other"), []);
  const { metrics } = await client.metrics({ filters: ["id==c1"] }, options);
  assert.equal(metrics[0]?.data?.typeUrl, stats.typeUrl);
  assert.ok((metrics[0]?.timestamp?.seconds ?? 0n) > 1_600_000_000n);
});

test("metrics() answers Unknown where other calls answer a better code", async () => {
  await using fixture = await startService();
  const { client } = fixture;
  assert.deepEqual(await failure(client.metrics({}, {})), [2, "namespace is required: failed precondition"]);
  const [code, message] = await failure(client.metrics({ filters: ["id=="] }, options));
  assert.equal(code, 2);
  assert.match(message, /^filters: parse error: /);
});
