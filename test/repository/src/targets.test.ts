import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";

const repository = join(import.meta.dirname, "../../..");

interface Target {
  readonly cache: boolean;
  readonly parallelism: boolean;
  readonly dependsOn: readonly unknown[];
}

function testTarget(project: string): Target {
  const { stdout, stderr } = spawnSync("nx", ["show", "project", project, "--json"], {
    cwd: repository,
    encoding: "utf8",
  });
  const start = stdout.indexOf("{");
  assert.ok(start >= 0, stderr);
  return (JSON.parse(stdout.slice(start)) as { targets: { test: Target } }).targets.test;
}

test("suites under test/ never come from the cache, run alone, and wait for the programs", () => {
  const { cache, parallelism, dependsOn } = testTarget("@davit/test-conformance");
  assert.deepEqual([cache, parallelism], [false, false]);
  assert.match(JSON.stringify(dependsOn), /"target":"bundle".*@davit\/davitd/);
});

test("tests of packages come from the cache while nothing they depend on has changed", () => {
  assert.equal(testTarget("@davit/digest").cache, true);
});
