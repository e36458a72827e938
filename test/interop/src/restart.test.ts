import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { davitdWithImage, eventually, isRunning, pidOf, read, skip, type Fixture } from "./fixture.ts";
import { shell } from "./shell.ts";

const COUNTER = "i=0; while :; do i=$((i+1)); echo $i; sleep 0.02; done";
const WAITS = shell("while [ ! -e /go ]; do sleep 0.02; done; echo went", 11);

for (const signal of ["SIGTERM", "SIGKILL"] as const)
  describe(`davitd is ended by ${signal} under running containers`, { skip }, () => {
    let fixture: Fixture;
    before(async () => {
      fixture = await davitdWithImage();
    });
    after(() => fixture[Symbol.asyncDispose]());

    test("containers go on, and so do output, exec and exit codes when it is back", async () => {
      const { side, image, stays } = fixture;
      const log = side.path("counter.log");
      await side.ctr.out("run", "-d", "--log-uri", `file://${log}`, image, "counter", "sh", "-c", COUNTER);
      const counter = await pidOf(side, "counter");
      const waits = await stays("waits", ...WAITS);
      const short = await stays("short", "sh", "-c", "sleep 0.5; exit 7");

      const daemon = side.daemon.pid;
      assert.match(read(`/proc/${daemon}/cmdline`), /davitd\.js/, "the pid that was started is the daemon's");
      assert.equal(await side.end(signal), signal === "SIGTERM" ? 0 : "SIGKILL");
      assert.equal(isRunning(daemon), false);
      if (signal === "SIGTERM")
        for (const socket of [side.address, `${side.address}.ttrpc`])
          assert.equal(existsSync(socket), false, `${socket} is removed`);
      assert.ok(isRunning(counter) && isRunning(waits));
      await grows(log);
      await eventually("the short container has ended", () => !isRunning(short));

      await side.start();
      await grows(log);
      assert.equal(await pidOf(side, "counter"), counter);
      assert.match(await side.ctr.out("tasks", "ls"), /counter +\d+ +RUNNING/);
      assert.equal(
        await side.ctr.out("tasks", "exec", "--exec-id", "e1", "counter", ...shell("echo inside")),
        "inside\n",
      );

      const attached = side.ctr.background(["tasks", "attach", "waits"]);
      await side.ctr.out("tasks", "exec", "--exec-id", "e1", "waits", "touch", "/go");
      const { code, stdout } = await attached.ends(10_000);
      assert.deepEqual({ code, stdout }, { code: 11, stdout: "went\n" });

      // It ended while nobody watched.
      assert.match(await side.ctr.out("tasks", "ls"), /short +\d+ +STOPPED/);
      assert.match((await side.ctr.run(["tasks", "rm", "short"])).stderr, /non-zero exit code 7/);

      await side.ctr.out("tasks", "kill", "--signal", "KILL", "counter");
      await side.ctr.until(/counter +\d+ +STOPPED/, "tasks", "ls");
      assert.match((await side.ctr.run(["tasks", "rm", "counter"])).stderr, /non-zero exit code 137/);
      for (const id of ["counter", "waits", "short"]) await side.ctr.out("containers", "rm", id);
      assert.equal(await side.ctr.out("tasks", "ls", "-q"), "");
    });

    test("what was there before is there again", async () => {
      const { side } = fixture;
      const tell = async () => {
        const commands = [
          ["images", "ls"],
          ["content", "ls", "-q"],
          ["snapshots", "ls"],
          ["namespaces", "ls"],
          ["leases", "ls"],
        ];
        return Promise.all(commands.map((args) => side.ctr.out(...args)));
      };
      await side.ctr.out("leases", "create", "--id", "kept", "a=b");
      const told = await tell();
      await side.end(signal);
      await side.start();
      assert.deepEqual(await tell(), told);
    });

    test("a container runs after the restart as before it", async () => {
      const { side, image } = fixture;
      const { code, stdout } = await side.ctr.run(["run", "--rm", image, "again", ...shell("echo again", 3)]);
      assert.deepEqual({ code, stdout }, { code: 3, stdout: "again\n" });
    });
  });

/** Waits until a file has more lines than now. */
async function grows(file: string): Promise<void> {
  const lines = () => read(file).split("\n").length;
  const now = lines();
  await eventually(`${file} grows`, () => lines() > now + 2);
}
