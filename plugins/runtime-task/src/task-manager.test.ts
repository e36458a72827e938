import assert from "node:assert/strict";
import { test } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import { RuntimeInfoSchema, RuntimeRequestSchema } from "@davit/api/types";
import {
  AlreadyExistsError,
  isAlreadyExists,
  isFailedPrecondition,
  isInvalidArgument,
  isNotFound,
  isNotImplemented,
  NotFoundError,
  NotImplementedError,
  UnknownError,
  wireMessage,
} from "@davit/errdefs";
import type { Mount, MountManager } from "@davit/mount";
import { silent } from "@davit/plugin";
import { shimClosedError, type CreateTask } from "@davit/runtime";
import { OCI_FEATURES_URL, type Any } from "@davit/typeurl";
import { TaskManager, type TaskManagerOptions } from "./task-manager.ts";
import { FakeShims } from "./testing/fake-shims.ts";

const folders = { root: "/root/tasks", state: "/run/tasks" };
const options = { namespace: "default" };
const json = (typeUrl: string, value: unknown): Any => ({
  typeUrl,
  value: new TextEncoder().encode(JSON.stringify(value)),
});
const request: CreateTask = {
  stdio: { stdin: "/in", stdout: "/out", stderr: "", terminal: false },
  spec: json("spec", {}),
  rootfs: [{ type: "overlay", source: "overlay", options: ["lowerdir=/a"] }],
  runtime: "io.containerd.runc.v2",
};

function setUp(more: Partial<TaskManagerOptions> = {}): {
  readonly shims: FakeShims;
  readonly tasks: TaskManager;
} {
  const shims = new FakeShims();
  return { shims, tasks: new TaskManager({ shims, folders, log: silent, ...more }) };
}

async function failure(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => assert.fail("resolved"),
    (error: unknown) => wireMessage(error),
  );
}

test("a task is created in a shim of its own, with what the container and the client say", async () => {
  const { shims, tasks } = setUp();
  const runtimeOptions = { typeUrl: "o", value: Uint8Array.of(1) };
  const task = await tasks.create("c1", { ...request, runtimeOptions, checkpoint: "/image" }, options);
  assert.deepEqual([task.id, task.namespace], ["c1", "default"]);
  const [start] = shims.started;
  assert.deepEqual(
    [start?.id, start?.runtime, start?.options, start?.spec],
    ["c1", request.runtime, runtimeOptions, request.spec],
  );
  assert.deepEqual(shims.calls[0]?.request, {
    id: "c1",
    bundle: "/run/tasks/default/c1",
    stdin: "/in",
    stdout: "/out",
    stderr: "",
    terminal: false,
    checkpoint: "/image",
    rootfs: [{ type: "overlay", source: "overlay", target: "", options: ["lowerdir=/a"] }],
    options: runtimeOptions,
  });
});

test("options of the task take the place of the container's when they have a value", async () => {
  const { shims, tasks } = setUp();
  const runtimeOptions = { typeUrl: "container", value: Uint8Array.of(1) };
  const empty = { typeUrl: "task", value: new Uint8Array() };
  await tasks.create("c1", { ...request, runtimeOptions, taskOptions: empty }, options);
  const taskOptions = { typeUrl: "task", value: Uint8Array.of(2) };
  await tasks.create("c2", { ...request, runtimeOptions, taskOptions }, options);
  assert.deepEqual(
    shims.started.map((start) => start.options?.typeUrl),
    ["container", "task"],
  );
});

test("a container without a spec is refused before a shim sees it", async () => {
  const { shims, tasks } = setUp();
  for (const spec of [undefined, { typeUrl: "x", value: new Uint8Array() }])
    await assert.rejects(tasks.create("c1", { ...request, spec }, options), isInvalidArgument);
  assert.equal(shims.started.length, 0);
});

test("a shim that does not start is told as such", async () => {
  const { shims, tasks } = setUp();
  shims.startError = new Error("failed to resolve runtime path", { cause: new Error("no runtime name") });
  assert.equal(
    await failure(tasks.create("c1", request, options)),
    "failed to start shim: failed to resolve runtime path: no runtime name",
  );
  shims.startError = new AlreadyExistsError("task c1");
  assert.equal(await failure(tasks.create("c1", request, options)), "task c1: already exists");
});

test("a create that fails in the shim leaves neither container nor shim", async () => {
  const { shims, tasks } = setUp();
  shims.answers = {
    create() {
      throw new UnknownError("OCI runtime create failed: no such file");
    },
  };
  assert.equal(
    await failure(tasks.create("c1", request, options)),
    "failed to create shim task: OCI runtime create failed: no such file",
  );
  assert.deepEqual(shims.methods(), ["create", "delete"]);
  assert.deepEqual(shims.removed, [{ id: "c1", deleted: true, listed: false }]);

  shims.answers.delete = () => {
    throw new UnknownError("cannot delete");
  };
  await assert.rejects(tasks.create("c2", request, options));
  assert.deepEqual(shims.removed[1], { id: "c2", deleted: false, listed: false });
});

test("a caller that gives up in the middle of a create does not keep it from being undone", async () => {
  const { shims, tasks } = setUp({ cleanupTimeoutMs: 100 });
  const controller = new AbortController();
  shims.answers = {
    create: () => {
      controller.abort();
      throw controller.signal.reason;
    },
    delete: (_request, { signal }) =>
      new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject(signal.reason))),
  };
  await assert.rejects(tasks.create("c1", request, { ...options, signal: controller.signal }));
  assert.deepEqual(shims.removed, [{ id: "c1", deleted: false, listed: false }]);
});

test("tasks are found by namespace, and shims of others are none of ours", async () => {
  const { shims, tasks } = setUp();
  await tasks.create("c1", request, options);
  await tasks.create("c2", request, { namespace: "other" });
  shims.add("default", "pod", { root: "/root/sandboxes", state: "/run/sandboxes" });
  assert.equal(tasks.get("c1", options).id, "c1");
  for (const id of ["c2", "pod", "none"])
    assert.throws(
      () => tasks.get(id, options),
      (error) => {
        assert.equal(wireMessage(error), `task ${id} not found`);
        return isNotFound(error);
      },
    );
  assert.deepEqual(
    tasks.list(options).map(({ id }) => id),
    ["c1"],
  );
  assert.deepEqual(
    tasks.list({ namespace: "", all: true }).map(({ id }) => id),
    ["c1", "c2"],
  );
  assert.throws(() => tasks.list({ namespace: "" }), isFailedPrecondition);
  assert.throws(() => tasks.get("c1", { namespace: "" }), isFailedPrecondition);
});

test("delete() takes the exit from the shim, then the shim away", async () => {
  const { shims, tasks } = setUp();
  await tasks.create("c1", request, options);
  shims.answers = { delete: () => ({ pid: 5, exitStatus: 3, exitedAt: { seconds: 1n, nanos: 2 } }) };
  const exit = { pid: 5, status: 3, exitedAt: 1_000_000_002n };
  assert.deepEqual(await tasks.delete("c1", options), exit);
  assert.deepEqual(shims.removed, [{ id: "c1", deleted: true, exit, listed: true }]);
});

test("delete() of a running task leaves it untouched", async () => {
  const { shims, tasks } = setUp();
  await tasks.create("c1", request, options);
  shims.answers = {
    delete() {
      throw new UnknownError("cannot delete a running process");
    },
  };
  assert.equal(
    await failure(tasks.delete("c1", options)),
    "failed to delete task: cannot delete a running process",
  );
  assert.deepEqual(shims.removed, []);
  assert.equal(tasks.list(options).length, 1);
});

test("delete() of a task its shim has lost cleans up, and says that it was not there", async () => {
  const lost = [new NotFoundError("container not created"), shimClosedError()];
  for (const error of lost) {
    const { shims, tasks } = setUp();
    await tasks.create("c1", request, options);
    shims.answers = {
      delete() {
        throw error;
      },
    };
    await assert.rejects(tasks.delete("c1", options), isNotFound);
    assert.deepEqual(shims.removed, [{ id: "c1", deleted: false, exit: undefined, listed: true }]);
  }
});

const IDMAP = json("spec", { mounts: [{ destination: "/x", options: ["rbind", "ridmap"] }] });

test("id-mapped mounts need a runtime that announces them", async () => {
  const { shims, tasks } = setUp();
  const create = (): Promise<unknown> =>
    tasks.create(`c${shims.started.length}`, { ...request, spec: IDMAP }, options);
  const features = (enabled: boolean): Any =>
    json(OCI_FEATURES_URL, { linux: { mountExtensions: { idmap: { enabled } } } });
  shims.info = { features: features(true) as never };
  await create();
  shims.info = {};
  await create(); // one that does not describe itself knows what it does
  shims.info = { features: features(false) as never };
  assert.match(
    await failure(create()),
    /^failed to validate OCI runtime features: idmap mounts not supported: /,
  );
  shims.info = new Error("failed to run [/bin/x -info]: exit status 1");
  assert.match(await failure(create()), /^failed to validate OCI runtime features: failed to run/);
  assert.equal(shims.started.length, 2);
  const mapped = json("spec", { mounts: [{ destination: "/x", uidMappings: [{}] }] });
  await assert.rejects(tasks.create("c9", { ...request, spec: mapped }, options));
});

/** A mount manager that turns every mount into a bind of what it made. */
function mountManager(): MountManager & { readonly done: string[]; fail: Error | undefined } {
  const system: Mount[] = [{ type: "bind", source: "/made", options: [] }];
  const info = { name: "c1", active: [], system, labels: {} };
  return {
    done: [],
    fail: undefined,
    async activate(name, _mounts, { labels }) {
      this.done.push(`activate ${name} ${JSON.stringify(labels)}`);
      if (this.fail) throw this.fail;
      return info;
    },
    async deactivate(name) {
      this.done.push(`deactivate ${name}`);
    },
    info: async () => ({ ...info, system: [{ type: "bind", source: "/known", options: [] }] }),
    list: async function* () {},
  };
}

test("mounts go through the mount manager, which keeps them for the container", async () => {
  const mounts = mountManager();
  const { shims, tasks } = setUp({ mounts });
  const sources = (): string[] => {
    const sent = shims.calls.findLast(({ method }) => method === "create");
    assert.ok(sent);
    return (sent.request["rootfs"] as Mount[]).map(({ source }) => source);
  };
  await tasks.create("c1", request, options);
  assert.deepEqual(sources(), ["/made"]);
  assert.deepEqual(mounts.done, ['activate c1 {"containerd.io/gc.bref.container":"c1"}']);
  await tasks.delete("c1", options);
  assert.equal(mounts.done.at(-1), "deactivate c1");

  mounts.fail = new AlreadyExistsError("mount");
  await tasks.create("c1", request, options);
  assert.deepEqual(sources(), ["/known"], "an activation that is there is used again");
  mounts.fail = new NotImplementedError("mount");
  await tasks.create("c2", request, options);
  assert.deepEqual(sources(), ["overlay"], "what needs no manager is left to the shim");
  mounts.fail = new UnknownError("no loop device");
  assert.equal(await failure(tasks.create("c3", request, options)), "no loop device");
});

test("a failed create undoes the mounts", async () => {
  const mounts = mountManager();
  const { shims, tasks } = setUp({ mounts });
  shims.startError = new Error("start failed");
  await assert.rejects(tasks.create("c1", request, options));
  assert.equal(mounts.done.at(-1), "deactivate c1");
});

test("a runtime that makes mounts itself is given them", async () => {
  const mounts = mountManager();
  const { shims, tasks } = setUp({ mounts });
  const other = { ...request, runtime: "io.example.vm.v1" };
  const allow = (types: string): void =>
    void (shims.info = { annotations: { "containerd.io/runtime-allow-mounts": types } });
  const rootfs = (type: string): Mount[] => [{ type, source: "s", options: [] }];
  allow("erofs, format/*");
  await tasks.create("c1", { ...other, rootfs: rootfs("format/mkfs") }, options);
  await tasks.create("c2", { ...other, rootfs: rootfs("erofs") }, options);
  assert.deepEqual(mounts.done, []);
  await tasks.create("c3", other, options);
  assert.equal(mounts.done.length, 1);
  shims.info = new Error("no -info");
  await tasks.create("c4", other, options);
  assert.equal(mounts.done.length, 2);
});

test("pluginInfo() answers a RuntimeRequest, and no other", async () => {
  const { shims, tasks } = setUp();
  shims.info = { version: { version: "1.2.3" } as never };
  const ask = (typeUrl: string, value: Uint8Array = new Uint8Array()): Promise<Any> =>
    tasks.pluginInfo({ typeUrl, value });
  const path = Uint8Array.of(10, 1, 120);
  const { typeUrl, value } = await ask(RuntimeRequestSchema.typeName, path);
  assert.equal(typeUrl, "containerd.types.RuntimeInfo");
  const info = fromBinary(RuntimeInfoSchema, value);
  assert.deepEqual([info.name, info.version?.version], ["x", "1.2.3"]);
  for (const [name, go] of [
    ["containerd.types.Mount", "types.Mount"],
    ["containerd.services.images.v1.ImageCreate", "images.ImageCreate"],
  ] as const)
    await assert.rejects(ask(name), (error) => {
      assert.equal(wireMessage(error), `unknown request type *${go}: not implemented`);
      return isNotImplemented(error);
    });
});

test("two creates of one id give one task", async () => {
  const { tasks } = setUp();
  await tasks.create("c1", request, options);
  await assert.rejects(tasks.create("c1", request, options), isAlreadyExists);
});
