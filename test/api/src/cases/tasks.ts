import { AnySchema } from "@bufbuild/protobuf/wkt";
import { Containers } from "@davit/api/services/containers";
import { Tasks, type MetricsResponse } from "@davit/api/services/tasks";
import { Snapshots } from "@davit/api/services/snapshots";
import { action, callsOf, scenario, type Scenario, type Step } from "../case.ts";
import { plainMessage } from "../plain.ts";
import { create, json, log, output, process, root, rootfs, spec } from "../container.ts";
import { IDENTIFIERS } from "../samples.ts";

const containers = callsOf(Containers);
const tasks = callsOf(Tasks);
const snapshots = callsOf(Snapshots);
const needs = ["grpc.v1.tasks", "runtime.v2.task"];
const runtime = { name: "io.containerd.runc.v2" };
const RESOURCES = "types.containerd.io/opencontainers/runtime-spec/1/LinuxResources";
const SIGKILL = 9;
const SIGTERM = 15;

/**
 * How scenarios with containers are played. Whether a deletion is told is chance in containerd: its shim ends before it has sent the
 * event, or just after.
 */
const RUNS = { needs, lateEvents: true, runs: true, withoutTopics: ["/tasks/delete"] };

/** `containerd.services.tasks.v1.Tasks`. */
export const taskScenarios: readonly Scenario[] = [
  scenario(
    "no container, no task",
    [
      containers.create({
        container: {
          id: "c",
          runtime,
          spec: json("types.containerd.io/opencontainers/runtime-spec/1/Spec", {}),
        },
      }),
      ...["absent", "c", ""].flatMap(callsFor),
      ...["", "not/valid"].flatMap((namespace) => callsFor("c").map((call) => ({ ...call, namespace }))),
      tasks.list(),
      tasks.list({ filter: "no filter ((" }),
      tasks.list({}, { namespace: "" }),
      tasks.list({}, { namespace: "not/valid" }),
      tasks.metrics(),
      tasks.metrics({ filters: ["id==c"] }),
      tasks.metrics({ filters: ["bad=="] }),
      tasks.metrics({}, { namespace: "" }),
      tasks.metrics({}, { namespace: "not/valid" }),
    ],
    { needs },
  ),
  scenario(
    "create refuses",
    [
      containers.create({ container: { id: "c", runtime, spec: json("x", {}) } }),
      tasks.create({ containerId: "c", options: { typeUrl: "nobody.knows.This" } }),
      tasks.create({ containerId: "c", options: { typeUrl: "containerd.types.Mount" } }),
      tasks.create({ containerId: "c", options: {} }),
      tasks.create({ containerId: "c", runtimePath: "/no/such/runtime" }),
      tasks.create({ containerId: "c", runtimePath: "no.such.runtime" }),
      tasks.create({ containerId: "c", runtimePath: "relative/path" }),
      tasks.create({
        containerId: "c",
        checkpoint: { mediaType: "text/plain", digest: "sha256:x", size: 1n },
      }),
      containers.create({
        container: { id: "bad-runtime", runtime: { name: "no.such.runtime.v9" }, spec: json("x", {}) },
      }),
      tasks.create({ containerId: "bad-runtime" }),
      containers.create({ container: { id: "odd-runtime", runtime: { name: "odd" }, spec: json("x", {}) } }),
      tasks.create({ containerId: "odd-runtime" }),
      containers.create({
        container: { id: "path-runtime", runtime: { name: "/no/such/shim" }, spec: json("x", {}) },
      }),
      tasks.create({ containerId: "path-runtime" }),
      tasks.list(),
    ],
    RUNS,
  ),
  scenario(
    "a life",
    [
      action("a root file system", async (session) => void rootfs(session)),
      containers.create((session) => ({
        container: {
          id: "life",
          runtime,
          spec: spec(session, "life", ["sh", "-c", "echo started; sleep 1000"]),
        },
      })),
      create("life"),
      create("life"),
      tasks.get({ containerId: "life" }),
      tasks.list(),
      tasks.pause({ containerId: "life" }),
      tasks.start({ containerId: "life" }),
      tasks.start({ containerId: "life" }),
      tasks.get({ containerId: "life" }),
      tasks.list(),
      tasks.listPids({ containerId: "life" }),
      tasks.delete({ containerId: "life" }),
      action("its output", async (session) => output(session, "life", "started\n")),
      ...execs("life"),
      tasks.pause({ containerId: "life" }),
      tasks.get({ containerId: "life" }),
      tasks.pause({ containerId: "life" }),
      tasks.resume({ containerId: "life" }),
      tasks.resume({ containerId: "life" }),
      tasks.get({ containerId: "life" }),
      metrics(),
      tasks.metrics({ filters: ["id==other"] }),
      tasks.metrics({ filters: ["namespace==other"] }),
      tasks.update({ containerId: "life", resources: json(RESOURCES, { cpu: { shares: 512 } }) }),
      tasks.update({ containerId: "life", resources: { typeUrl: "nobody.knows.This" } }),
      tasks.resizePty({ containerId: "life", width: 80, height: 24 }),
      tasks.closeIO({ containerId: "life", stdin: true }),
      tasks.kill({ containerId: "life", signal: 0 }),
      tasks.kill({ containerId: "life", signal: 999 }),
      containers.delete({ id: "life" }),
      tasks.get({ containerId: "life" }),
      containers.create((session) => ({
        container: { id: "life", runtime, spec: spec(session, "life", ["true"]) },
      })),
      tasks.kill({ containerId: "life", signal: SIGKILL }),
      tasks.wait({ containerId: "life" }),
      action("its end is told", async (session) => session.side.event("/tasks/exit", 3)),
      tasks.get({ containerId: "life" }),
      tasks.list(),
      tasks.kill({ containerId: "life", signal: SIGKILL }),
      tasks.start({ containerId: "life" }),
      tasks.pause({ containerId: "life" }),
      tasks.exec({ containerId: "life", execId: "late", spec: process(["true"]) }),
      tasks.wait({ containerId: "life" }),
      tasks.delete({ containerId: "life" }),
      tasks.delete({ containerId: "life" }),
      tasks.get({ containerId: "life" }),
      tasks.wait({ containerId: "life" }),
      tasks.list(),
      containers.delete({ id: "life" }),
    ],
    RUNS,
  ),
  scenario(
    "it ends by itself",
    [
      action("a root file system", async (session) => void rootfs(session)),
      containers.create((session) => ({
        container: { id: "short", runtime, spec: spec(session, "short", ["sh", "-c", "exit 7"]) },
      })),
      create("short"),
      tasks.start({ containerId: "short" }),
      tasks.wait({ containerId: "short" }),
      action("its end is told", async (session) => session.side.event("/tasks/exit")),
      tasks.get({ containerId: "short" }),
      tasks.deleteProcess({ containerId: "short", execId: "absent" }),
      tasks.delete({ containerId: "short" }),
      create("short"),
      // A deletion would do so too, but runc takes ten seconds over it.
      tasks.kill({ containerId: "short", signal: SIGKILL }),
      tasks.wait({ containerId: "short" }),
      action("its end is told", async (session) => session.side.event("/tasks/exit", 2)),
      tasks.delete({ containerId: "short" }),
      containers.delete({ id: "short" }),
    ],
    RUNS,
  ),
  scenario(
    "it cannot start",
    [
      action("a root file system", async (session) => void rootfs(session)),
      containers.create((session) => ({
        container: { id: "broken", runtime, spec: spec(session, "broken", ["/no/such/program"]) },
      })),
      create("broken"),
      tasks.start({ containerId: "broken" }),
      tasks.get({ containerId: "broken" }),
      tasks.delete({ containerId: "broken" }),
      containers.create((session) => ({
        container: { id: "no-rootfs", runtime, spec: spec(session, "no-rootfs", ["true"]) },
      })),
      tasks.create({ containerId: "no-rootfs" }),
      containers.create((session) => ({
        container: { id: "no-source", runtime, spec: spec(session, "no-source", ["true"]) },
      })),
      tasks.create((session) => ({
        containerId: "no-source",
        rootfs: [{ type: "bind", source: session.path("absent"), options: ["rbind"] }],
      })),
      containers.create((session) => ({
        container: { id: "no-type", runtime, spec: spec(session, "no-type", ["true"]) },
      })),
      tasks.create({ containerId: "no-type", rootfs: [{ type: "nope", source: "nope" }] }),
      containers.create({
        container: { id: "no-json", runtime, spec: { typeUrl: "x", value: Buffer.from("{") } },
      }),
      tasks.create((session) => ({ containerId: "no-json", rootfs: [root(session)] })),
      tasks.list(),
    ],
    RUNS,
  ),
  scenario(
    "on a snapshot",
    [
      action("a root file system", async (session) => void rootfs(session)),
      snapshots.prepare({ snapshotter: "native", key: "rootfs" }, { save: "mounts" }),
      snapshots.commit({ snapshotter: "native", key: "rootfs", name: "base" }),
      containers.create((session) => ({
        container: {
          id: "snap",
          runtime: { ...runtime, options: { typeUrl: "containerd.runc.v1.Options", value: Buffer.alloc(0) } },
          spec: spec(session, "snap", ["sleep", "1000"]),
          snapshotter: "native",
          snapshotKey: "base",
        },
      })),
      tasks.create((session) => ({
        containerId: "snap",
        rootfs: [root(session)],
        options: { typeUrl: "containerd.runc.v1.Options", value: Buffer.alloc(0) },
        terminal: false,
      })),
      tasks.start({ containerId: "snap" }),
      tasks.checkpoint({ containerId: "snap", options: { typeUrl: "nobody.knows.This" } }),
      tasks.kill({ containerId: "snap", signal: SIGKILL, all: true }),
      tasks.wait({ containerId: "snap" }),
      action("its end is told", async (session) => session.side.event("/tasks/exit")),
      tasks.delete({ containerId: "snap" }),
      containers.delete({ id: "snap" }),
    ],
    RUNS,
  ),
];

/** A call of every method that names a container. */
function callsFor(containerId: string) {
  const execId = "e";
  return [
    tasks.create({ containerId }),
    tasks.create({ containerId, runtimePath: "/no/such/runtime" }),
    tasks.start({ containerId }),
    tasks.start({ containerId, execId }),
    tasks.delete({ containerId }),
    tasks.deleteProcess({ containerId, execId }),
    tasks.get({ containerId }),
    tasks.get({ containerId, execId }),
    tasks.kill({ containerId, signal: SIGTERM }),
    tasks.kill({ containerId, execId, signal: SIGTERM }),
    tasks.exec({ containerId, execId, spec: process(["true"]) }),
    tasks.exec({ containerId }),
    tasks.resizePty({ containerId }),
    tasks.closeIO({ containerId }),
    tasks.pause({ containerId }),
    tasks.resume({ containerId }),
    tasks.listPids({ containerId }),
    tasks.checkpoint({ containerId }),
    tasks.update({ containerId, resources: json(RESOURCES, {}) }),
    tasks.wait({ containerId }),
    tasks.wait({ containerId, execId }),
  ].filter((call) => !(containerId === "c" && call.method.name === "Create"));
}

/** What is done with further processes: three ends. */
function execs(containerId: string): Step[] {
  return [
    ...IDENTIFIERS.filter(
      (execId) => !/^[A-Za-z0-9]+(?:[._-](?:[A-Za-z0-9]+))*$/.test(execId) || execId.length > 76,
    ).map((execId) => tasks.exec({ containerId, execId, spec: process(["true"]) })),
    tasks.exec({ containerId, execId: "e", spec: { typeUrl: "x", value: Buffer.from("{") } }),
    tasks.exec((session) => ({
      containerId,
      execId: "e",
      spec: process(["sh", "-c", "echo from exec; exit 3"]),
      ...log(session, "exec"),
    })),
    tasks.exec({ containerId, execId: "e", spec: process(["true"]) }),
    tasks.get({ containerId, execId: "e" }),
    tasks.deleteProcess({ containerId, execId: "absent" }),
    tasks.start({ containerId, execId: "absent" }),
    tasks.start({ containerId, execId: "e" }),
    tasks.wait({ containerId, execId: "e" }),
    action("the end of e is told", async (session) => session.side.event("/tasks/exit", 1)),
    action("its output", async (session) => output(session, "exec", "from exec\n")),
    tasks.get({ containerId, execId: "e" }),
    tasks.kill({ containerId, execId: "e", signal: SIGTERM }),
    tasks.deleteProcess({ containerId, execId: "e" }),
    tasks.deleteProcess({ containerId, execId: "e" }),
    tasks.wait({ containerId, execId: "e" }),
    tasks.exec({ containerId, execId: "long", spec: process(["sleep", "1000"]) }),
    tasks.start({ containerId, execId: "long" }),
    tasks.get({ containerId, execId: "long" }),
    tasks.listPids({ containerId }),
    tasks.deleteProcess({ containerId, execId: "long" }),
    tasks.kill({ containerId, execId: "long", signal: SIGTERM }),
    tasks.wait({ containerId, execId: "long" }),
    action("the end of long is told", async (session) => session.side.event("/tasks/exit", 2)),
    tasks.deleteProcess({ containerId, execId: "long" }),
    tasks.exec({ containerId, execId: "broken", spec: process(["/no/such/program"]) }),
    tasks.start({ containerId, execId: "broken" }),
    tasks.get({ containerId, execId: "broken" }),
    tasks.deleteProcess({ containerId, execId: "broken" }),
  ];
}

/** What is measured: the numbers are each container's own, and small ones may be nothing. */
function metrics(): Step {
  return action("Metrics", async (session) => {
    await session.must(tasks.metrics({ filters: ["id==life"] }, { save: "metrics" }));
    return session.response<MetricsResponse>("metrics").metrics.map(({ id, timestamp, data }) => {
      const { value = {} } = (data === undefined ? {} : plainMessage(AnySchema, data)) as { value?: object };
      return {
        id,
        hasTime: timestamp !== undefined,
        type: data?.typeUrl ?? "",
        has: ["cpu", "memory", "pids"].filter((name) => name in value),
      };
    });
  });
}
