import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { davitdWithImage, eventually, isRunning, parentOf, read, skip, type Fixture } from "./fixture.ts";
import { shell } from "./shell.ts";

describe("a shim that is killed", { skip }, () => {
  let fixture: Fixture;
  before(async () => {
    fixture = await davitdWithImage();
  });
  after(() => fixture[Symbol.asyncDispose]());

  test("its task is gone, the end is told, and the id can be used again", async () => {
    const { side, image, stays } = fixture;
    const { ctr } = side;
    const pid = await stays("orphan", "sleep", "1000");
    const shim = parentOf(pid);
    assert.match(read(`/proc/${shim}/cmdline`), /shim/);
    const bundle = side.path("state/io.containerd.runtime.v2.task", side.namespace, "orphan");
    assert.ok(existsSync(bundle));

    const events = ctr.background(["events"]);
    for (let i = 0; !events.output.stdout.includes("probe"); i++)
      await ctr.out("namespaces", "label", side.namespace, `interop.probe=probe${i}`);
    process.kill(shim, "SIGKILL");
    await events.shows(/\/tasks\/exit .*"container_id":"orphan".*"exit_status":137/);
    await events.shows(/\/tasks\/delete .*"container_id":"orphan".*"exit_status":137/);
    await events.stop();

    await eventually("the container's process has ended", () => !isRunning(pid));
    await ctr.until(/^TASK.*\n$/, "tasks", "ls");
    await eventually("the bundle is removed", () => !existsSync(bundle));
    const { code, stderr } = await ctr.run(["tasks", "kill", "orphan"]);
    assert.equal(code, 1);
    assert.match(stderr, /not found/);
    await ctr.out("containers", "rm", "orphan");
    assert.equal(await ctr.out("run", "--rm", image, "orphan", ...shell("echo again")), "again\n");
  });

  test("other containers go on", async () => {
    const { side, stays } = fixture;
    const pids = [await stays("one", "sleep", "1000"), await stays("two", "sleep", "1000")];
    process.kill(parentOf(pids[0] ?? 0), "SIGKILL");
    await side.ctr.until(/^TASK.*\ntwo +\d+ +RUNNING\n$/, "tasks", "ls");
    assert.ok(isRunning(pids[1] ?? 0));
    assert.equal(
      await side.ctr.out("tasks", "exec", "--exec-id", "e", "two", ...shell("echo here")),
      "here\n",
    );
    await side.ctr.clear();
  });

  test("one that dies while the daemon is down is cleaned up after at the start", async () => {
    const { side, stays } = fixture;
    const pid = await stays("lost", "sleep", "1000");
    const shim = parentOf(pid);
    await side.end();
    process.kill(shim, "SIGKILL");
    await eventually("the shim has ended", () => !isRunning(shim));
    await side.start();
    await side.ctr.until(/^TASK.*\n$/, "tasks", "ls");
    await eventually("the container's process has ended", () => !isRunning(pid));
    await side.ctr.clear();
  });
});
