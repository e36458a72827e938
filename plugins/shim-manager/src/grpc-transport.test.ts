import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Task } from "@davit/api/runtime/task-v3";
import { NotFoundError } from "@davit/errdefs";
import { GrpcServer } from "@davit/grpc";
import { isShimClosed } from "@davit/runtime";
import { implement } from "@davit/server";
import { fakeShim } from "./testing/fake-shim.ts";
import { startRig } from "./testing/rig.ts";

test("a gRPC shim is called like any other, and its loss is noticed", async () => {
  await using rig = await startRig();
  const socket = join(rig.path, "grpc.sock");
  const seen: string[] = [];
  const server = new GrpcServer({
    services: [
      implement(Task, {
        async connect(_request, { namespace }) {
          seen.push(namespace);
          return { taskPid: 5 };
        },
        async state() {
          throw new NotFoundError("container not created");
        },
      }),
    ],
  });
  await server.listen({ path: socket });
  const folder = join(rig.path, "shim");
  await mkdir(folder);
  const answer = JSON.stringify({ version: 3, address: `unix://${socket}`, protocol: "grpc" });
  const binary = await fakeShim(folder, { start: `echo '${answer}'` });
  const manager = rig.manager();
  const options = { namespace: rig.namespace };
  const shim = await manager.start({ id: "c1", folders: rig.folders, runtime: binary }, options);
  assert.equal((await shim.task.connect({ id: "c1" }, options)).taskPid, 5);
  assert.deepEqual(seen, [rig.namespace]);
  await assert.rejects(shim.task.state({ id: "c1" }, options), { name: "NotFoundError" });

  await server[Symbol.asyncDispose]();
  await shim.closed;
  assert.deepEqual(
    rig.events.all.map(({ topic }) => topic),
    ["/tasks/exit", "/tasks/delete"],
  );
  await assert.rejects(shim.task.connect({ id: "c1" }, options), isShimClosed);
});

test("a gRPC shim that does not listen fails the start", async () => {
  await using rig = await startRig();
  const binary = await fakeShim(rig.path, {
    start: `echo '{"version":3,"address":"unix:///nonexistent/s","protocol":"grpc"}'`,
  });
  const manager = rig.manager({ timeouts: { connectMs: 200 } });
  await assert.rejects(
    manager.start({ id: "c1", folders: rig.folders, runtime: binary }, { namespace: rig.namespace }),
    /start failed/,
  );
});

test("stopping the daemon leaves a gRPC shim alone", async () => {
  await using rig = await startRig();
  const socket = join(rig.path, "grpc.sock");
  await using server = new GrpcServer({ services: [implement(Task, { connect: async () => ({}) })] });
  await server.listen({ path: socket });
  const answer = JSON.stringify({ version: 3, address: `unix://${socket}`, protocol: "grpc" });
  const binary = await fakeShim(rig.path, { start: `echo '${answer}'` });
  const manager = rig.manager();
  await manager.start({ id: "c1", folders: rig.folders, runtime: binary }, { namespace: rig.namespace });
  await manager[Symbol.asyncDispose]();
  assert.deepEqual(rig.events.all, []);
});
