import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { available, davitdWithImage, isRunning, pidOf, skip, type Fixture } from "./fixture.ts";
import { shell } from "./shell.ts";
import { startContainerd } from "./side.ts";
import { local } from "./steps/context.ts";

const CONTAINERS = 20;

describe("many at once", { skip }, () => {
  let fixture: Fixture;
  before(async () => {
    fixture = await davitdWithImage();
  });
  after(() => fixture[Symbol.asyncDispose]());

  test("two clients pull the same image, while a third lists", async () => {
    const { side, fresh } = fixture;
    const pull = () => side.ctr.out("images", "pull", "--plain-http", fresh);
    await Promise.all([pull(), pull(), side.ctr.out("content", "ls"), side.ctr.out("images", "ls")]);
    assert.match(await side.ctr.out("images", "check", `name==${fresh}`), /complete \(\d\/\d\).*true/);
    assert.equal(await side.ctr.out("content", "active"), "REF\tSIZE\tAGE\t\n");
  });

  test(`${CONTAINERS} containers are started, each with its output and exit code, and nothing stays`, async () => {
    const { side, image } = fixture;
    const ids = Array.from({ length: CONTAINERS }, (_, i) => `p${i}`);
    const ends = await Promise.all(
      ids.map((id, i) => side.ctr.run(["run", "--rm", image, id, ...shell(`echo ${id}`, i)])),
    );
    const told = ends.map(({ code, stdout, stderr }) => ({ code, stdout, stderr }));
    assert.deepEqual(
      told,
      ids.map((id, i) => ({ code: i, stdout: `${id}\n`, stderr: "" })),
    );
    assert.equal(await side.ctr.out("tasks", "ls", "-q"), "");
    assert.equal(await side.ctr.out("containers", "ls", "-q"), "");
    assert.doesNotMatch(await side.ctr.out("snapshots", "ls"), /Active/);
  });

  test("davitd and containerd do not disturb each other", async () => {
    const { side, image, stays } = fixture;
    await using peer = await startContainerd(available);
    await peer.ctr.out("images", "pull", "--plain-http", ...local({ generation: available }), image);
    const ours = await stays("same", "sleep", "1000");
    await peer.ctr.out("run", "-d", "--fifo-dir", peer.fifoDir, image, "same", "sleep", "1000");
    const theirs = await pidOf(peer, "same");
    await peer.end();
    await peer.start();
    assert.ok(isRunning(ours) && isRunning(theirs));
    assert.equal(
      await side.ctr.out("tasks", "exec", "--exec-id", "e", "same", ...shell("echo ours")),
      "ours\n",
    );
    await side.end();
    await side.start();
    assert.ok(isRunning(ours) && isRunning(theirs));
    assert.equal(
      await peer.ctr.out("tasks", "exec", "--exec-id", "e", "same", ...shell("echo theirs")),
      "theirs\n",
    );
    await peer.ctr.clear();
    assert.ok(isRunning(ours));
    await side.ctr.clear();
    assert.ok(!isRunning(ours) && !isRunning(theirs));
  });
});
