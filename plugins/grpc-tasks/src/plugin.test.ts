import assert from "node:assert/strict";
import { test } from "node:test";
import { EventPlugin, type EventExchange } from "@davit/events";
import { WarningPlugin } from "@davit/introspection";
import { MetadataPlugin, type MetadataStore } from "@davit/metadata";
import { definePlugin, registrationOf, startPlugins, type PluginDefinition } from "@davit/plugin";
import { GrpcTasksPlugin, TasksServicePlugin } from "@davit/plugin-grpc-tasks";
import { RuntimePlugin, TaskMonitorPlugin } from "@davit/runtime";
import { GrpcPlugin } from "@davit/server";
import { FakeRuntime } from "./testing/fake-runtime.ts";
import { containersOf } from "./testing/fixture.ts";

function surroundings(runtime: FakeRuntime): PluginDefinition[] {
  const metadata = { containers: containersOf({ c1: {} }) } as unknown as MetadataStore;
  const warnings = { emit: () => {}, warnings: () => [] };
  return [
    definePlugin({ type: EventPlugin, id: "exchange", init: () => ({}) as EventExchange }),
    definePlugin({ type: MetadataPlugin, id: "level", init: () => metadata }),
    definePlugin({ type: WarningPlugin, id: "deprecations", init: () => warnings }),
    definePlugin({ type: RuntimePlugin, id: "task", init: () => runtime }),
  ];
}

const start = (plugins: PluginDefinition[]): ReturnType<typeof startPlugins> =>
  startPlugins({ plugins, root: "/nonexistent/root", state: "/nonexistent/state" });

test("the plugins have containerd's names and requirements", () => {
  const service = registrationOf(TasksServicePlugin);
  assert.equal(service.uri, "io.containerd.service.v1.tasks-service");
  assert.deepEqual(
    service.requirements.map(({ type }) => type),
    [
      "io.containerd.event.v1",
      "io.containerd.runtime.v2",
      "io.containerd.metadata.v1",
      "io.containerd.monitor.task.v1",
      "io.containerd.warning.v1",
    ],
  );
  const grpc = registrationOf(GrpcTasksPlugin);
  assert.equal(grpc.uri, "io.containerd.grpc.v1.tasks");
  assert.deepEqual(
    grpc.requirements.map(({ type }) => type),
    ["io.containerd.service.v1"],
  );
});

test("the one serves what the other is", async () => {
  await using set = await start([GrpcTasksPlugin, TasksServicePlugin, ...surroundings(new FakeRuntime())]);
  const { grpc } = set.lookUp(GrpcPlugin);
  assert.deepEqual(
    grpc.map(({ service }) => service.typeName),
    ["containerd.services.tasks.v1.Tasks"],
  );
});

test("tasks of an earlier run are watched again, those without a container are passed by", async () => {
  const runtime = new FakeRuntime();
  runtime.add("c1");
  runtime.add("lost");
  const watched: unknown[] = [];
  const monitor = definePlugin({
    type: TaskMonitorPlugin,
    id: "cgroups",
    init: () => ({
      monitor: async ({ id }: { readonly id: string }, labels: object) => void watched.push([id, labels]),
      stop: async () => {},
    }),
  });
  await using set = await start([TasksServicePlugin, monitor, ...surroundings(runtime)]);
  assert.equal(
    [...set].every(({ state }) => state === "loaded"),
    true,
  );
  assert.deepEqual(watched, [["c1", { runtime: "io.containerd.runc.v2" }]]);
});
