import assert from "node:assert/strict";
import { test } from "node:test";
import { Status } from "@davit/api/types/task";
import { isDeadlineExceeded, isInvalidArgument, isNotFound, UnknownError, wireMessage } from "@davit/errdefs";
import { shimClosedError } from "@davit/runtime";
import { toTimestamp, ZERO_TIME } from "@davit/time";
import { ShimTask } from "./shim-task.ts";
import { FakeShims } from "./testing/fake-shims.ts";

const options = { namespace: "default" };

function setUp(stateTimeoutMs = 2000): { readonly shims: FakeShims; readonly task: ShimTask } {
  const shims = new FakeShims();
  const shim = shims.add("default", "c1", { root: "/root", state: "/run" });
  return { shims, task: new ShimTask(shim, stateTimeoutMs) };
}

const last = ({ calls }: FakeShims): unknown => {
  const call = calls.at(-1);
  return call && [call.method, call.request];
};

test("every call names the container, and the exec where there is one", async () => {
  const { shims, task } = setUp();
  await task.kill({ signal: 9, all: true }, options);
  assert.deepEqual(last(shims), ["kill", { id: "c1", execId: "", signal: 9, all: true }]);
  await task.kill({ execId: "e1", signal: 15, all: false }, options);
  assert.deepEqual(last(shims), ["kill", { id: "c1", execId: "e1", signal: 15, all: false }]);
  await task.resizePty({ execId: "e1", width: 80, height: 24 }, options);
  assert.deepEqual(last(shims), ["resizePty", { id: "c1", execId: "e1", width: 80, height: 24 }]);
  await task.closeStdin({}, options);
  assert.deepEqual(last(shims), ["closeIO", { id: "c1", execId: "", stdin: true }]);
  await task.pause(options);
  await task.resume(options);
  assert.deepEqual(shims.methods().slice(-2), ["pause", "resume"]);
  await task.checkpoint({ path: "/image" }, options);
  assert.deepEqual(last(shims), ["checkpoint", { id: "c1", path: "/image", options: undefined }]);
  assert.equal(
    shims.calls.every((call) => call.options.namespace === "default"),
    true,
  );
});

test("answers are told in the daemon's words", async () => {
  const { shims, task } = setUp();
  const info = { typeUrl: "containerd.runc.v1.ProcessDetails", value: Uint8Array.of(10, 1, 101) };
  shims.answers = {
    connect: () => ({ taskPid: 5 }),
    state: () => ({
      pid: 5,
      status: Status.PAUSED,
      stdin: "i",
      stdout: "o",
      stderr: "e",
      terminal: true,
      exitStatus: 0,
      exitedAt: toTimestamp(ZERO_TIME),
    }),
    pids: () => ({ processes: [{ pid: 5 }, { pid: 6, info }] }),
    wait: () => ({ exitStatus: 143, exitedAt: toTimestamp(9n) }),
    delete: () => ({ pid: 6, exitStatus: 1, exitedAt: toTimestamp(8n) }),
    stats: () => ({ stats: { typeUrl: "m", value: Uint8Array.of(1) } }),
  };
  assert.equal(await task.pid(options), 5);
  assert.deepEqual(await task.state({}, options), {
    pid: 5,
    status: "paused",
    stdin: "i",
    stdout: "o",
    stderr: "e",
    terminal: true,
    exitStatus: 0,
    exitedAt: ZERO_TIME,
  });
  assert.deepEqual(await task.pids(options), [
    { pid: 5, info: undefined },
    { pid: 6, info },
  ]);
  assert.deepEqual(await task.wait({}, options), { pid: 0, status: 143, exitedAt: 9n });
  assert.deepEqual(await task.deleteExec("e1", options), { pid: 6, status: 1, exitedAt: 8n });
  assert.deepEqual(await task.stats(options), { typeUrl: "m", value: Uint8Array.of(1) });
  shims.answers = { state: () => ({ status: 42 }), stats: () => ({}) };
  assert.equal((await task.state({}, options)).status, "unknown");
  assert.equal(await task.stats(options), undefined);
});

test("state() of a shim that is gone is `not found`, other calls `ttrpc: closed`", async () => {
  const { shims, task } = setUp();
  const closed = (): never => {
    throw shimClosedError();
  };
  shims.answers = { state: closed, pause: closed };
  await assert.rejects(task.state({}, options), (error) => {
    assert.equal(wireMessage(error), "not found");
    return isNotFound(error);
  });
  await assert.rejects(task.pause(options), (error) => wireMessage(error) === "ttrpc: closed");
});

test("state() is limited in time, also for a caller that has a limit of its own", async () => {
  const { shims, task } = setUp(50);
  shims.answers = {
    state: (_request, { signal }) =>
      new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject(signal.reason))),
  };
  const { signal } = new AbortController();
  await assert.rejects(task.state({}, { ...options, signal }), isDeadlineExceeded);
  await assert.rejects(task.state({}, { ...options, signal: AbortSignal.abort() }), { name: "AbortError" });
});

test("an exec needs an identifier and a process, or the shim never hears of it", async () => {
  const { shims, task } = setUp();
  const spec = { typeUrl: "p", value: Uint8Array.of(123, 125) };
  const stdio = { stdin: "", stdout: "", stderr: "", terminal: true };
  for (const execId of ["", "a b", "x".repeat(77)])
    await assert.rejects(task.exec({ ...stdio, execId, spec }, options), isInvalidArgument);
  await assert.rejects(task.exec({ ...stdio, execId: "a b", spec }, options), (error) =>
    /^invalid exec id a b: identifier "a b" must match .*: invalid argument$/.test(wireMessage(error)),
  );
  for (const none of [undefined, { typeUrl: "p", value: new Uint8Array() }])
    await assert.rejects(task.exec({ ...stdio, execId: "e1", spec: none }, options), isInvalidArgument);
  assert.deepEqual(shims.calls, []);
  await task.exec({ ...stdio, execId: "e1", spec }, options);
  assert.deepEqual(last(shims), ["exec", { id: "c1", execId: "e1", spec, ...stdio }]);
});

test("an update needs resources", async () => {
  const { shims, task } = setUp();
  const none = { resources: undefined, annotations: {} };
  await assert.rejects(task.update(none, options), isInvalidArgument);
  const resources = { typeUrl: "r", value: Uint8Array.of(1) };
  await task.update({ resources, annotations: { a: "b" } }, options);
  assert.deepEqual(last(shims), ["update", { id: "c1", resources, annotations: { a: "b" } }]);
});

test("an exec that runs, or has run, is not started again", async () => {
  const { shims, task } = setUp();
  for (const [status, text] of [
    [Status.RUNNING, "cannot start a running process"],
    [Status.STOPPED, "cannot start a stopped process"],
  ] as const) {
    shims.answers = { state: () => ({ status }) };
    await assert.rejects(task.start({ execId: "e1" }, options), (error) => wireMessage(error) === text);
  }
  assert.ok(!shims.methods().includes("start"));
  shims.answers = { state: () => ({ status: Status.CREATED }) };
  await task.start({ execId: "e1" }, options);
  assert.deepEqual(last(shims), ["start", { id: "c1", execId: "e1" }]);
});

test("init is started without a question before", async () => {
  const { shims, task } = setUp();
  shims.answers = {
    start() {
      throw new UnknownError("cannot start a running process");
    },
  };
  await assert.rejects(task.start({}, options), /running process/);
  assert.deepEqual(shims.methods(), ["start"]);
});
