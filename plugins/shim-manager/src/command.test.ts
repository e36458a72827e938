import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

/** Runs with three descriptors left: one pipe fits, the second does not. */
const SCRIPT = `
import { closeSync, openSync, readdirSync } from "node:fs";
import { runCommand } from ${JSON.stringify(new URL("./command.js", import.meta.url).href)};
const count = () => readdirSync("/proc/self/fd").length;
await runCommand({ path: "/bin/true", args: [] }); // loads what is loaded late
const held = [];
try {
  for (;;) held.push(openSync("/dev/null"));
} catch {}
for (const fd of held.splice(-3)) closeSync(fd);
const before = count();
const failure = await runCommand({ path: "/bin/true", args: [], input: new Uint8Array() }).catch((error) => error.code);
console.log(failure, count() - before);
`;

test("a command that finds too few descriptors keeps none of them", () => {
  const node = [process.execPath, "--input-type=module", "-e", SCRIPT];
  const { stdout, stderr } = spawnSync("sh", ["-c", 'ulimit -n 64; exec "$@"', "sh", ...node], {
    encoding: "utf8",
  });
  assert.equal(stdout, "EMFILE 0\n", stderr);
});
