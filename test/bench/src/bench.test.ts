import assert from "node:assert/strict";
import { test } from "node:test";
import { mountInfo } from "@davit/sys";
import { findPeers, QUICK, runBench } from "@davit/test-bench";
import { containerdMissing, davitdMissing, needs } from "@davit/test-support";

// A ctr of either generation drives the pulls.
const skip =
  davitdMissing() || needs("docker-registry", "busybox") || (containerdMissing() !== false && needs("ctr"));

// Its figures mean nothing, and none is compared with anything: a test is no place for a time.
test("a quick run has every figure of every daemon, and leaves no mounts", { skip }, async () => {
  const said: string[] = [];
  const { rows, failures, peers } = await runBench(QUICK, (text) => said.push(text));
  assert.deepEqual(failures, []);
  assert.deepEqual(said, "ready idle version pull pull-4 pull-local pull-debian loop run".split(" "));
  assert.equal(peers[0]?.name, "davitd");
  const newest = peers.some(({ name }) => name === "containerd");
  for (const { measure, name, values } of rows) {
    assert.ok(values.davitd !== undefined, name);
    const taken = Object.values(values).flat();
    // Without the newest ctr there is one way to pull only.
    if (newest || measure !== "loop")
      assert.ok(
        taken.every((value) => value !== undefined && value >= 0),
        name,
      );
    if (["ready", "idle", "version", "run"].includes(measure))
      assert.equal(Object.keys(values).length, peers.length, name);
  }
  assert.ok(!mountInfo().some(({ mountPoint }) => mountPoint.includes("davit-bench-")));
});

test("daemons are found with their versions", { skip }, async () => {
  const [davitd, ...others] = await findPeers();
  assert.equal(davitd?.name, "davitd");
  for (const { label } of others) assert.match(label, /^containerd \d+\.\d+\.\d+$/);
});
