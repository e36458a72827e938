// `npm test` after the packages are installed: builds and tests everything through nx, then one plain closing line.
import { spawnSync } from "node:child_process";
import { globSync, readFileSync, rmSync } from "node:fs";
import { dirname } from "node:path";

const RESULTS = "{packages,plugins,apps,test}/*/coverage/results.json";
const requireAll = process.env.DAVIT_TEST_REQUIRE === "all";

for (const file of globSync(RESULTS)) rmSync(file); // nx puts back those of cached runs
const nx = spawnSync(
  "nx",
  ["run-many", "-t", "build", "bundle", "test", "--nxBail=false", ...process.argv.slice(2)],
  {
    stdio: "inherit",
  },
);

let passed = 0;
let failed = 0;
const skipped = [];
const failing = [];
for (const file of globSync(RESULTS).toSorted()) {
  const counts = JSON.parse(readFileSync(file, "utf8"));
  const where = dirname(dirname(file));
  const bad = (counts.failed ?? 0) + (counts.cancelled ?? 0);
  passed += counts.passed ?? 0;
  failed += bad;
  if (bad > 0) failing.push(`${where}: ${bad}`);
  for (const name of counts.skippedTests ?? []) skipped.push(`${where}: ${name}`);
}
for (const name of skipped) console.log(`skipped  ${name}`);
for (const name of failing) console.log(`failing  ${name}`);
if (skipped.length > 0 && requireAll) {
  console.log(`DAVIT_TEST_REQUIRE=all: ${skipped.length} skipped tests count as failures`);
  failed += skipped.length;
}
console.log(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
process.exit(nx.status || (failed || !passed ? 1 : 0));
